"""Which telephone numbers and e-mail addresses are accepted, by placing orders to them."""

import pytest

from tests.support.api.answers import errors_of, json_of
from tests.support.api.bodies import chain, changed, instant_email, instant_sms, sms_chain, v1_email, v1_sms
from tests.support.scenarios.owner import new_email, personal

LATER = "2031-06-01T10:00:00Z"  # so that nothing is sent
PHONES = {
    "+4740000001": True,
    "004740000000": True,
    "+4790000002": True,
    "+233242426224": True,
    "+4722334455": False,
    "0047 22 33 44 55": False,
    "+4780012345": False,
    "+4702017": False,
    "+47580012345678": False,
    "+4621234567": True,
    "+47 900 00 001": True,
    "+4790000001 ext 5": True,
    "40000001": False,
    "+4750000004": False,
    "+47900000001": False,
    "+14790000000": False,
    "++4790000000": False,
    "tel:+4790000001": False,
    " +4790000001": False,
}
EMAILS = {
    "kari@example.no": True,
    "ærlig@blåbær.no": True,
    "post@bla\u030abær.no": True,
    "post@" + "å" * 60 + ".no": False,
    "kari@10.0.0.1": True,
    "k&k@example.no": True,
    "kari;x@example.no": True,
    " kari@example.no ": True,
    "kari@example.internationalx": True,
    "kari@localhost": False,
    "kari/x@example.no": False,
    "kari..n@example.no": False,
    ".kari@example.no": False,
    "kari@-example.no": False,
    "Kari <kari@example.no>": False,
    "kari@exa_mple.no": False,
}


@pytest.mark.parametrize(("number", "accepted"), PHONES.items())
def test_telephone_numbers(owner, number, accepted):
    body = changed(sms_chain(), "recipient.recipientSms.phoneNumber", personal(number))
    answer = owner.request_order(body | {"requestedSendTime": LATER})
    v1 = owner.ask("POST", "/orders/sms", json=v1_sms(number, requestedSendTime=LATER))
    if accepted:
        json_of(answer, 201)
        created = json_of(v1, 202)["orderId"]
        read = owner.ask("GET", f"/orders/{created}").json()
        assert read["recipients"] == [{"mobileNumber": number}], "the submitted text is echoed"
        return
    key = "Recipient.RecipientSms.PhoneNumber"
    assert errors_of(answer) == {key: ["Recipient phone number is not a valid mobile number."]}
    text = (
        "Mobile number can contain only '+' and numeric characters, and it must adhere to the E.164 standard."
    )
    assert errors_of(v1) == {"Recipients[0].MobileNumber": [text]}


@pytest.mark.parametrize(("address", "accepted"), EMAILS.items())
def test_email_addresses(owner, address, accepted):
    body = changed(chain(), "recipient.recipientEmail.emailAddress", personal(address))
    answer = owner.request_order(body | {"requestedSendTime": LATER})
    v1 = owner.ask("POST", "/orders/email", json=v1_email(address, requestedSendTime=LATER))
    if accepted:
        json_of(answer, 201)
        json_of(v1, 202)
        return
    assert errors_of(answer) == {"Recipient.RecipientEmail.EmailAddress": ["Invalid email address format."]}
    assert errors_of(v1) == {"Recipients[0].EmailAddress": ["Invalid email address format."]}


def test_addresses_of_instant_messages_follow_the_same_rules(owner):
    for number in ("40000001", "+4722334455"):
        sms = changed(instant_sms(), "recipientSms.phoneNumber", number)
        assert errors_of(owner.ask("POST", "/future/orders/instant/sms", json=sms)) == {
            "RecipientSms.PhoneNumber": ["Recipient phone number is not a valid mobile number."]
        }
    email = changed(instant_email(), "recipientEmail.emailAddress", "kari@localhost")
    assert errors_of(owner.ask("POST", "/future/orders/instant/email", json=email)) == {
        "InstantEmailDetails.EmailAddress": ["Invalid email address format."]
    }


def test_surrounding_blanks_of_an_address_are_not_sent(cloud, owner):
    """Quirk M1: blanks pass the check and are cut before the message leaves."""
    address = personal("blank.kari@example.no")
    owner.send(changed(chain(), "recipient.recipientEmail.emailAddress", f" {address} "))
    assert cloud.wait_for_email(address)["to"] == address


@pytest.mark.parametrize("typed", ["blåbær.no", "bla\u030abær.no", "BLÅBÆR.no"])
def test_domain_is_handed_over_in_ascii_and_echoed_as_typed(cloud, owner, typed):
    local_part = new_email().partition("@")[0]
    address = personal(f"{local_part}@{typed}")
    shipment_id = owner.send(changed(chain(), "recipient.recipientEmail.emailAddress", address))
    ascii_form = personal(f"{local_part}@xn--blbr-roah.no")
    assert cloud.wait_for_email(ascii_form)["to"] == ascii_form
    (recipient,) = owner.wait_for(shipment_id, "Email_Delivered")["recipients"]
    assert recipient["destination"] == address
    assert owner.ask("GET", f"/orders/{shipment_id}").json()["recipients"] == [{"emailAddress": address}]


def test_local_part_that_a_provider_refuses_fails_alone_and_stays_as_typed(cloud, owner):
    refused, other = personal("invalidformat.ærlig@blåbær.no"), new_email()
    recipients = [{"emailAddress": refused}, {"emailAddress": other}]
    answer = owner.ask("POST", "/orders/email", json=v1_email(recipients=recipients))
    entry = owner.wait_for_feed_entry(json_of(answer, 202)["orderId"])
    assert {recipient["destination"]: recipient["status"] for recipient in entry["recipients"]} == {
        refused: "Email_Failed_InvalidFormat",
        other: "Email_Delivered",
    }
    taken = personal("ærlig" + new_email())
    owner.send(changed(chain(), "recipient.recipientEmail.emailAddress", taken))
    assert cloud.wait_for_email(taken)["to"] == taken


def test_spellings_of_one_domain_are_told_once(cloud, owner):
    local_part = new_email().partition("@")[0]
    domains = ("blåbær.no", "bla\u030abær.no", "xn--blbr-roah.no")
    recipients = [{"emailAddress": personal(f"{local_part}@{domain}")} for domain in domains]
    answer = owner.ask("POST", "/orders/email", json=v1_email(recipients=recipients))
    entry = owner.wait_for_feed_entry(json_of(answer, 202)["orderId"])
    assert [recipient["destination"] for recipient in entry["recipients"]] == [f"{local_part}@blåbær.no"]
    assert len(cloud.outbox(f"{local_part}@xn--blbr-roah.no")["emails"]) == 1


def test_number_is_sent_in_international_form(cloud, owner):
    """Quirk N1: the submitted text is echoed, the gateway gets the international form."""
    shipment_id = owner.send(
        changed(sms_chain(), "recipient.recipientSms.phoneNumber", personal("0047 415 90 001"))
    )
    assert cloud.wait_for_sms(personal("+4741590001"))["to"].lstrip("+") == "4741590001"
    owner.wait_for(shipment_id, "SMS_Delivered")
    read = owner.ask("GET", f"/orders/{shipment_id}").json()
    assert read["recipients"] == [{"mobileNumber": "0047 415 90 001"}]
