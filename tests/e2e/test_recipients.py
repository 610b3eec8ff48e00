"""People, organisations and external identities: whom an order reaches, through the simulated registers."""

import secrets

import pytest

from tests.e2e.owner import new_idempotency_id, new_text, personal

URN = "urn:altinn:resource:e2e-tjeneste"
PERSON, ORGANIZATION, EXTERNAL = "recipientPerson", "recipientOrganization", "recipientExternalIdentity"
_IDENTIFIERS = {
    PERSON: "nationalIdentityNumber",
    ORGANIZATION: "orgNumber",
    EXTERNAL: "externalIdentity",
}


@pytest.fixture
def people(cloud):
    """The simulated people and organisations; their numbers must stay out of every log."""
    fixtures = cloud.fixtures()
    for fixture in fixtures.values():
        if isinstance(fixture, dict):
            for member in ("nin", "email", "mobile", "permittedEmail", "deniedEmail"):
                if member in fixture:
                    personal(fixture[member])
    return fixtures


def order_to(kind, identifier, schema, *, text=None, reminders=None, **more):
    """Return an order to somebody known by an identifier, with both templates."""
    text = text or new_text()
    member = {
        _IDENTIFIERS[kind]: identifier,
        "channelSchema": schema,
        "emailSettings": {"subject": "Varsel", "body": text},
        "smsSettings": {"body": text},
        **more,
    }
    order = {"idempotencyId": new_idempotency_id(), "recipient": {kind: member}}
    return order if reminders is None else order | {"reminders": reminders}


def told(owner, shipment_id):
    """Return (destination, status) of every recipient in the shipment's feed entry."""
    entry = owner.wait_for_feed_entry(shipment_id)
    assert entry["status"] == "Order_Completed"
    return sorted((recipient["destination"], recipient["status"]) for recipient in entry["recipients"])


# -- the acceptance checklist, by its numbers ---------------------------------------------------------------


def test_row_8_reserved_person_is_not_written_to_and_the_order_completes_at_once(cloud, owner, people):
    shipment_id = owner.send(order_to(PERSON, people["person_reserved"]["nin"], "Email"))
    assert told(owner, shipment_id) == [("", "Email_Failed_RecipientReserved")]
    assert cloud.outbox("sigrid.lie@example.no")["emails"] == []


def test_row_9_reservation_can_be_ignored(cloud, owner, people):
    order = order_to(PERSON, people["person_reserved"]["nin"], "Email", ignoreReservation=True)
    shipment_id = owner.send(order)
    assert told(owner, shipment_id) == [("sigrid.lie@example.no", "Email_Delivered")]


def test_row_10_person_unknown_to_the_register_is_an_explicit_failure(owner):
    answer = owner.ask("POST", "/orders/email", json=v1_email([{"nationalIdentityNumber": "01017012345"}]))
    assert answer.status_code == 202
    assert told(owner, answer.json()["orderId"]) == [("", "Email_Failed_RecipientNotIdentified")]


def test_row_11_chain_to_somebody_without_address_is_refused_and_nothing_is_stored(owner, people):
    order = order_to(PERSON, people["person_no_contact"]["nin"], "EmailPreferred")
    answer = owner.request_order(order)
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT-00001")
    order["recipient"] = order_to(PERSON, people["person_email_only"]["nin"], "Email")["recipient"]
    assert owner.request_order(order).status_code == 201, "the idempotency id is free"


def test_row_12_preferred_email_falls_back_to_sms(cloud, owner, people):
    person = people["person_mobile_only"]
    shipment_id = owner.send(order_to(PERSON, person["nin"], "EmailPreferred"))
    assert told(owner, shipment_id) == [(person["mobile"], "SMS_Delivered")]


def test_row_13_both_channels_asked_for_and_one_address_known(cloud, owner, people):
    person = people["person_email_only"]
    cloud.add_fault({"target": "acs.report", "action": "drop", "match": {"to": person["email"]}})
    shipment_id = owner.send(order_to(PERSON, person["nin"], "EmailAndSms"))
    cloud.wait_for_email(person["email"])
    shipment = owner.wait_for(shipment_id, "SMS_Failed_RecipientNotIdentified")
    assert shipment["status"] == "Order_Processed"
    assert sorted(r["type"] for r in shipment["recipients"]) == ["Email", "SMS"]


def test_rows_14_and_15_users_count_where_they_are_permitted(cloud, owner, people):
    organization = people["org_with_users"]
    order = order_to(ORGANIZATION, organization["orgNumber"], "EmailPreferred", resourceId=URN)
    addresses = {destination for destination, _ in told(owner, owner.send(order))}
    assert addresses == {"post@vann.example.no", organization["permittedEmail"]}
    assert cloud.outbox(organization["deniedEmail"])["emails"] == []


def test_row_15_without_a_resource_only_official_addresses_are_used(owner, people):
    order = order_to(ORGANIZATION, people["org_with_users"]["orgNumber"], "EmailAndSms")
    assert told(owner, owner.send(order)) == [
        ("", "SMS_Failed_RecipientNotIdentified"),
        ("post@vann.example.no", "Email_Delivered"),
    ]


def test_row_16_two_users_with_one_address_get_one_message(cloud, owner, people):
    twins = people["org_with_twins"]
    order = order_to(ORGANIZATION, twins["orgNumber"], "Email", resourceId=URN)
    assert told(owner, owner.send(order)) == [(twins["email"], "Email_Delivered")]
    assert len(cloud.outbox(twins["email"])["emails"]) == 1


def test_row_17_name_and_number_of_an_organisation_are_filled_in(cloud, owner, people):
    number, mark = people["org_with_both"]["orgNumber"], secrets.token_hex(4)
    text = f"Til $recipientName$ ($recipientNumber$) {mark}"
    told(owner, owner.send(order_to(ORGANIZATION, number, "EmailAndSms", text=text)))
    assert cloud.wait_for_email("post@skog.example.no")["body"] == f"Til BLAA SKOG SA ({number}) {mark}"
    assert cloud.wait_for_sms("+4791700052")["text"] == f"Til BLAA SKOG SA ({number}) {mark}"


def test_row_18_number_of_a_person_is_never_shown(cloud, owner, people):
    person = people["person_email_only"]
    text = "Hei $recipientName$, nr. [$recipientNumber$]"
    told(owner, owner.send(order_to(PERSON, person["nin"], "Email", text=text)))
    assert cloud.wait_for_email(person["email"])["body"] == "Hei HANSEN OLA, nr. []"


@pytest.mark.parametrize("name", ["person_bare_mobile", "person_zeros_mobile", "person_mobile_only"])
def test_row_21_mobile_numbers_are_completed(owner, people, name):
    person = people[name]
    assert told(owner, owner.send(order_to(PERSON, person["nin"], "Sms"))) == [
        (person["mobile"], "SMS_Delivered")
    ]


def test_row_22_a_number_that_cannot_be_completed_is_missing(owner, people):
    answer = owner.request_order(order_to(PERSON, people["person_bad_mobile"]["nin"], "Sms"))
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT-00001")


# -- beyond the checklist -----------------------------------------------------------------------------------


def test_external_identities_are_reached_and_see_no_placeholder(cloud, owner, people):
    identity = people["external_identity_email"]
    order = order_to(EXTERNAL, identity["urn"], "Email", text="Hei $recipientName$!")
    assert told(owner, owner.send(order)) == [(identity["email"], "Email_Delivered")]
    assert cloud.wait_for_email(identity["email"])["body"] == "Hei!"


def test_username_falls_back_to_the_channel_it_has(owner, people):
    order = order_to(EXTERNAL, people["external_identity_username"]["urn"], "SmsPreferred")
    assert told(owner, owner.send(order)) == [("+4791700061", "SMS_Delivered")]


def test_reminder_to_nobody_refuses_the_whole_chain(owner, people):
    reminder = {
        "delayDays": 1,
        "recipient": order_to(ORGANIZATION, people["org_unknown"]["orgNumber"], "Email")["recipient"],
    }
    order = order_to(PERSON, people["person_email_only"]["nin"], "Email", reminders=[reminder])
    answer = owner.request_order(order)
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT-00001")


def test_register_down_at_placement_is_told_and_a_known_order_is_answered(cloud, owner, people):
    known = order_to(PERSON, people["person_email_only"]["nin"], "Email")
    receipt = owner.place(known)
    cloud.add_fault({"target": "profile.*", "action": "status", "status": 503})
    refused = owner.request_order(order_to(PERSON, people["person_email_only"]["nin"], "Email"))
    assert (refused.status_code, refused.json()["code"]) == (503, "NOT-00004")
    repeated = owner.request_order(known)
    assert (repeated.status_code, repeated.json()) == (200, receipt)


def test_register_down_at_send_time_delays_the_message(cloud, owner, people):
    person = people["person_mobile_only"]
    at = (cloud.now().replace(microsecond=0)).isoformat().replace("+00:00", "Z")
    order = order_to(PERSON, person["nin"], "Sms")
    cloud.advance_clock(-3600)
    order["requestedSendTime"] = at
    shipment_id = owner.send(order)
    fault = cloud.add_fault({"target": "profile.*", "action": "status", "status": 500})
    cloud.advance_clock(3600)
    owner.wait_for(shipment_id, "Order_Processing")
    assert cloud.outbox(person["mobile"])["sms"] == []
    cloud.clear_faults()
    assert fault["id"]
    cloud.advance_clock(40)
    assert told(owner, shipment_id) == [(person["mobile"], "SMS_Delivered")]


def test_v1_tells_who_is_reserved_and_who_is_missing(owner, people):
    recipients = [
        {"nationalIdentityNumber": people["person_email_only"]["nin"]},
        {"nationalIdentityNumber": people["person_reserved"]["nin"]},
        {"organizationNumber": people["org_unknown"]["orgNumber"]},
        {"organizationNumber": people["org_unknown"]["orgNumber"]},
    ]
    lookup = owner.ask("POST", "/orders/email", json=v1_email(recipients)).json()["recipientLookup"]
    assert lookup == {
        "status": "PartialSuccess",
        "isReserved": [people["person_reserved"]["nin"]],
        "missingContact": [people["org_unknown"]["orgNumber"]],
    }
    nobody = owner.ask("POST", "/orders/email", json=v1_email(recipients[2:])).json()["recipientLookup"]
    assert nobody["status"] == "Failed", "equal recipients count once"
    direct = owner.ask("POST", "/orders/email", json=v1_email([{"emailAddress": "a@example.no"}])).json()
    assert "recipientLookup" not in direct


def test_large_order_asks_each_register_once_per_page(cloud, owner, people):
    several = [people[name]["nin"] for name in ("person_email_only", "person_with_email_and_mobile")]
    recipients = [{"emailAddress": f"mange{number}@example.no"} for number in range(248)]
    recipients += [{"nationalIdentityNumber": nin} for nin in several]
    before = cloud.stats()["requests"].get("profile.persons", 0)
    answer = owner.ask("POST", "/orders/email", json=v1_email(recipients, body="Hei $recipientName$!"))
    entry = owner.wait_for_feed_entry(answer.json()["orderId"], within=60)
    assert len(entry["recipients"]) == 250
    assert {recipient["status"] for recipient in entry["recipients"]} == {"Email_Delivered"}
    assert cloud.stats()["requests"]["profile.persons"] - before == 2, "once at placement, once for its page"
    assert cloud.wait_for_email(people["person_email_only"]["email"])["body"] == "Hei HANSEN OLA!"
    assert cloud.wait_for_email("mange7@example.no")["body"] == "Hei!"


def v1_email(recipients, body=None):
    return {"subject": "Varsel", "body": body or new_text(), "recipients": recipients}


def test_organisation_with_users_only_is_reached_for_the_resource_and_refused_without(owner, people):
    number = people["org_with_twins"]["orgNumber"]
    assert owner.request_order(order_to(ORGANIZATION, number, "Email")).status_code == 422
    assert owner.request_order(order_to(ORGANIZATION, number, "Email", resourceId=URN)).status_code == 201


def test_resource_that_does_not_exist_is_told_instead_of_writing_to_too_few(cloud, owner, people):
    number = people["org_with_email"]["orgNumber"]
    order = order_to(ORGANIZATION, number, "Email", resourceId="urn:altinn:resource:unknown-service")
    answer = owner.request_order(order)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"ResourceId"})
    recipients = [{"organizationNumber": number}]
    v1 = v1_email(recipients) | {"resourceId": "unknown-service"}
    assert set(owner.ask("POST", "/orders/email", json=v1).json()["errors"]) == {"ResourceId"}

    cloud.add_fault({"target": "resourceregistry.*", "action": "status", "status": 500})
    assert owner.request_order(order).status_code == 201, "a registry that is down is no reason to refuse"


def test_stale_contact_points_are_used_when_asked_for(owner, people):
    person = people["person_stale"]
    assert owner.request_order(order_to(PERSON, person["nin"], "Email")).status_code == 422
    order = order_to(PERSON, person["nin"], "Email", useStaleContactInformation=True)
    assert told(owner, owner.send(order)) == [(person["email"], "Email_Delivered")]
