"""At which address a recipient gets a message: reservations, missing addresses, users, other channels."""

import pytest

from tests.support.scenarios.owner import emails_to, new_text, sms_to
from tests.support.scenarios.recipients import ORGANIZATION, PERSON, URN, order_to, told, v1_email

RESTRICTED = "urn:altinn:resource:restricted-tjeneste"  # nobody is permitted to act on it


def place_v1(owner, path, order):
    answer = owner.ask("POST", path, json=order)
    assert answer.status_code == 202, answer.text
    return answer.json()["orderId"]


def test_reserved_person_is_not_written_to_and_the_order_completes_at_once(cloud, owner, people):
    shipment_id = owner.send(order_to(PERSON, people["person_reserved"]["nin"], "Email"))
    assert told(owner, shipment_id) == [("", "Email_Failed_RecipientReserved")]
    assert owner.shipment(shipment_id)["status"] == "Order_Completed"
    assert emails_to(cloud, "sigrid.lie@example.no") == []


def test_reservation_can_be_ignored(cloud, owner, people):
    order = order_to(PERSON, people["person_reserved"]["nin"], "Email", ignoreReservation=True)
    assert told(owner, owner.send(order)) == [("sigrid.lie@example.no", "Email_Delivered")]
    assert len(emails_to(cloud, "sigrid.lie@example.no")) == 1


def test_person_unknown_to_the_register_is_an_explicit_failure(owner, people):
    order = v1_email([{"nationalIdentityNumber": people["person_unknown"]["nin"]}])
    assert told(owner, place_v1(owner, "/orders/email", order)) == [
        ("", "Email_Failed_RecipientNotIdentified")
    ]


@pytest.mark.parametrize("name", ["person_no_contact", "person_unknown"])
def test_chain_to_somebody_without_address_is_refused_and_nothing_is_stored(owner, people, name):
    order = order_to(PERSON, people[name]["nin"], "EmailPreferred")
    answer = owner.request_order(order)
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT-00001")
    order["recipient"] = order_to(PERSON, people["person_email_only"]["nin"], "Email")["recipient"]
    told(owner, owner.send(order))  # the idempotency id is free
    assert len(owner.feed()) == 1


def test_preferred_email_falls_back_to_sms(cloud, owner, people):
    person = people["person_mobile_only"]
    shipment_id = owner.send(order_to(PERSON, person["nin"], "EmailPreferred"))
    assert told(owner, shipment_id) == [(person["mobile"], "SMS_Delivered")]
    assert len(sms_to(cloud, person["mobile"])) == 1


def test_both_channels_asked_for_and_one_address_known(cloud, owner, people):
    person = people["person_email_only"]
    cloud.add_fault({"target": "acs.report", "action": "drop", "match": {"to": person["email"]}})
    shipment_id = owner.send(order_to(PERSON, person["nin"], "EmailAndSms"))
    cloud.wait_for_email(person["email"])
    owner.wait_for(shipment_id, "Email_Sending")
    shipment = owner.shipment(shipment_id)
    assert shipment["status"] == "Order_Processed"
    assert sorted((r["type"], r["status"], r.get("destination", "")) for r in shipment["recipients"]) == [
        ("Email", "Email_Sending", person["email"]),
        ("SMS", "SMS_Failed_RecipientNotIdentified", ""),
    ]


def test_organisation_by_email_and_its_permitted_user_by_sms(cloud, owner, people):
    firm = people["org_with_mobile_user"]
    order = order_to(ORGANIZATION, firm["orgNumber"], "EmailPreferred", resourceId=URN)
    assert told(owner, owner.send(order)) == [
        (firm["mobile"], "SMS_Delivered"),
        (firm["email"], "Email_Delivered"),
    ]
    assert len(emails_to(cloud, firm["email"])) == len(sms_to(cloud, firm["mobile"])) == 1


def test_user_who_is_not_permitted_is_not_told(cloud, owner, people):
    firm = people["org_with_mobile_user"]
    order = order_to(ORGANIZATION, firm["orgNumber"], "EmailPreferred", resourceId=RESTRICTED)
    assert told(owner, owner.send(order)) == [(firm["email"], "Email_Delivered")]
    assert sms_to(cloud, firm["mobile"]) == []


def test_two_users_with_one_address_get_one_message(cloud, owner, people):
    twins = people["org_with_twins"]
    order = order_to(ORGANIZATION, twins["orgNumber"], "Email", resourceId=URN)
    assert told(owner, owner.send(order)) == [(twins["email"], "Email_Delivered")]
    assert len(emails_to(cloud, twins["email"])) == 1


@pytest.mark.parametrize("name", ["person_bare_mobile", "person_zeros_mobile", "person_mobile_only"])
def test_mobile_numbers_are_completed(cloud, owner, people, name):
    person = people[name]
    assert told(owner, owner.send(order_to(PERSON, person["nin"], "Sms"))) == [
        (person["mobile"], "SMS_Delivered")
    ]
    assert len(sms_to(cloud, person["mobile"])) == 1


def test_number_that_cannot_be_completed_is_missing(cloud, owner, people):
    nin = people["person_bad_mobile"]["nin"]
    answer = owner.request_order(order_to(PERSON, nin, "Sms"))
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT-00001")
    v1 = {"body": new_text(), "recipients": [{"nationalIdentityNumber": nin}]}
    assert told(owner, place_v1(owner, "/orders/sms", v1)) == [("", "SMS_Failed_RecipientNotIdentified")]
    assert sms_to(cloud, "21234567") == sms_to(cloud, "+4721234567") == []


def test_landline_in_a_register_is_missing_and_preferred_sms_falls_back_to_email(cloud, owner, people):
    person = people["person_landline"]
    answer = owner.request_order(order_to(PERSON, person["nin"], "Sms"))
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT-00001")
    assert told(owner, owner.send(order_to(PERSON, person["nin"], "SmsPreferred"))) == [
        (person["email"], "Email_Delivered")
    ]
    assert len(emails_to(cloud, person["email"])) == 1
    assert sms_to(cloud, "+4722334455") == []
