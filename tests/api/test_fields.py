"""Fields of recipients: when they are refused, what other values are to a repeat, what no answer shows."""

import pytest

from tests.support.api.answers import errors_of, json_of
from tests.support.api.bodies import (
    changed,
    composed,
    instant_sms,
    person_chain,
    reminder,
    sms_chain,
    v1_email,
    v1_order,
    v1_sms,
)
from tests.support.api.endpoints import COMPOSED, SUPPORT
from tests.support.scenarios.owner import Owner, new_phone, new_text, personal

LATER = {"requestedSendTime": "2031-06-01T10:00:00Z"}
TEXT = "Svar innen {{frist}}"
MISSING = "The field 'frist' is missing: a text uses it."
UNUSED = "The field 'sak' is used in no text that this recipient may get."
STRAY = (
    "The braces at character 1 begin no field. "
    "A field is written {{name}}; braces to be read as such are given as a field's value."
)
SMS, PERSON = "recipient.recipientSms", "recipient.recipientPerson"


def with_reminder():
    later = sms_chain()["recipient"]
    later["recipientSms"] |= {"fields": {"frist": "", "sak": "1"}}
    later["recipientSms"]["smsSettings"]["body"] = TEXT
    return sms_chain() | {"reminders": [reminder(recipient=later)]}


def to_several(body, *fields):
    return body | {"recipients": [body["recipients"][0] | {"fields": some} for some in fields]}


REFUSED = [
    (
        "/future/orders",
        changed(changed(sms_chain(), f"{SMS}.smsSettings.body", TEXT), f"{SMS}.fields", {}),
        {"Recipient.RecipientSms.Fields": [MISSING]},
    ),
    (
        "/future/orders",
        person_chain("17912099997", fields={"sak": "1"}),
        {"Recipient.RecipientPerson.Fields": [UNUSED]},
    ),
    ("/future/orders", with_reminder(), {"Reminders[0].Recipient.RecipientSms.Fields": [UNUSED]}),
    (
        "/future/orders/composed-email",
        changed(changed(composed(), "recipient.emailSettings.subject", "{{ x }}"), "recipient.fields", {}),
        {"Recipient.Settings.Subject": [STRAY]},
    ),
    (
        "/orders",
        to_several(v1_order(smsTemplate={"body": TEXT}), {"frist": "x"}, {}, {"frist": "", "sak": ""}),
        {"Recipients[1].Fields": [MISSING], "Recipients[2].Fields": [UNUSED]},
    ),
    ("/orders/email", to_several(v1_email(body=TEXT), {}), {"Recipients[0].Fields": [MISSING]}),
    ("/orders/sms", to_several(v1_sms(body=TEXT), {}), {"Recipients[0].Fields": [MISSING]}),
]


@pytest.mark.parametrize(("path", "body", "expected"), REFUSED)
def test_fields_that_do_not_fit_the_texts_are_refused(owner, path, body, expected):
    signed_in = Owner(owner.cloud, owner.org)
    if "composed" in path:
        signed_in.token = personal(owner.cloud.token(org=owner.org, scope=COMPOSED))
    assert errors_of(signed_in.ask("POST", path, json=body)) == expected


def test_a_repeat_with_other_values_is_told_as_another_content(owner):
    order = changed(sms_chain() | LATER, f"{SMS}.smsSettings.body", TEXT)
    order = changed(order, f"{SMS}.fields", {"frist": "1. juni"})
    first = json_of(owner.request_order(order), 201)
    again = owner.request_order(changed(order, f"{SMS}.fields", {"FRIST": "1. juni"}))
    assert (again.status_code, again.json(), again.headers.get("Idempotency-Conflict")) == (200, first, None)
    other = owner.request_order(changed(order, f"{SMS}.fields", {"frist": "2. juni"}))
    assert (other.status_code, other.headers["Idempotency-Conflict"]) == (200, "true")


def test_no_answer_shows_values(owner, cloud):
    value = personal(new_text("hemmelig"))
    body = to_several(v1_sms(body=TEXT, sendersReference="sak-1"), {"frist": value}, {"frist": value + "2"})
    order_id = json_of(owner.ask("POST", "/orders/sms", json=body), 202)["orderId"]
    owner.wait_for_feed_entry(order_id)
    paths = [
        f"/orders/{order_id}",
        "/orders?sendersReference=sak-1",
        f"/orders/{order_id}/notifications/sms",
        f"/future/shipment/{order_id}",
        f"/future/shipment/{order_id}/trace",
        "/future/shipment/feed",
    ]
    for path in paths:
        answer = owner.ask("GET", path)
        assert (answer.status_code, value in answer.text) == (200, False), path
    recipients = json_of(owner.ask("GET", f"/orders/{order_id}"), 200)["recipients"]
    assert recipients == [{"mobileNumber": to["mobileNumber"]} for to in body["recipients"]]


def test_support_sees_no_values(owner, cloud):
    person, value = cloud.fixtures()["person_email_only"], personal(new_text("hemmelig"))
    order = person_chain(person["nin"], fields={"frist": value})
    order = changed(order, f"{PERSON}.emailSettings.body", TEXT)
    owner.wait_for_feed_entry(owner.send(order))
    support = Owner(cloud, owner.org)
    support.token = personal(cloud.token(org=owner.org, scope=SUPPORT))
    whom = {"NationalIdentityNumber": person["nin"]}
    answer = support.ask("GET", "/future/dashboard/recipients/notifications/nin", headers=whom)
    assert answer.status_code == 200, answer.text
    assert answer.json()
    assert value not in answer.text


def test_instant_messages_have_no_fields(owner, cloud):
    to = new_phone()
    order = changed(instant_sms(), "recipientSms.phoneNumber", to)
    order = changed(order, "recipientSms.smsSettings.body", TEXT)
    order["recipientSms"]["fields"] = {"frist": "1. juni"}
    assert owner.ask("POST", "/future/orders/instant/sms", json=order).status_code == 201
    assert cloud.wait_for_sms(to)["text"] == TEXT
