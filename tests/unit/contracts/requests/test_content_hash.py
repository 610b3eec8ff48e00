"""What makes two requests the same, and what does not."""

import json

import pytest

from shared.contracts.requests.chain_request import read_order_chain
from shared.contracts.requests.composed_request import read_composed_email
from shared.contracts.requests.instant_request import read_instant_email, read_instant_sms
from tests.support.request_bodies import (
    COMPOSED_ORDER,
    RECIPIENT_EMAIL,
    RECIPIENT_SMS,
    chain,
    changed,
    person,
    read,
    reminder,
)

INSTANT_SMS = {
    "idempotencyId": "id-1",
    "recipientSms": {"phoneNumber": "+4799999999", "timeToLiveInSeconds": 60, "smsSettings": {"body": "Hei"}},
}
INSTANT_EMAIL = {"idempotencyId": "id-1", **RECIPIENT_EMAIL}
LATER = "2031-05-02T07:00:00Z"


def content(document, reader=read_order_chain):
    hashed = read(reader, document).content
    assert len(hashed) == 64
    return hashed


def with_fields(**fields):
    order = changed(chain(), f"{EMAIL}.emailSettings.body", "{{a}}{{b}}")
    return changed(order, f"{EMAIL}.fields", fields)


PERSON = "recipient.recipientPerson"
EMAIL = "recipient.recipientEmail"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (chain(), dict(reversed(chain().items()))),
        (chain(sendersReference="a"), chain(SENDERSREFERENCE="a")),
        (chain(), chain(unknown=1)),
        (chain(), chain(sendersReference=None, reminders=None)),
        (chain(), chain(idempotencyId="id-2")),
        (chain(requestedSendTime=LATER), chain(requestedSendTime="2031-05-02T09:00:00.000+02:00")),
        (chain(person(channelSchema="EmailPreferred")), chain(person(channelSchema=2))),
        (chain(person(channelSchema="EmailPreferred")), chain(person(channelSchema="emailpreferred"))),
        (chain(reminders=[reminder(delayDays=1)]), chain(reminders=[reminder(delayDays="1")])),
        (with_fields(a="1", b="2"), with_fields(B="2", A="1")),
    ],
)
def test_same_content(one, other):
    assert content(one) == content(other)
    assert content(json.dumps(one, indent=3).encode()) == content(one)


@pytest.mark.parametrize(
    "other",
    [
        chain(sendersReference="a"),
        chain(requestedSendTime=LATER),
        chain(conditionEndpoint="https://example.no/a"),
        chain(reminders=[reminder(delayDays=1)]),
        chain(dialogportenAssociation={"dialogId": "d"}),
        chain(RECIPIENT_SMS),
        changed(chain(), f"{EMAIL}.emailAddress", "ola@example.no"),
        changed(chain(), f"{EMAIL}.emailSettings.body", "Tekst "),
        changed(chain(), f"{EMAIL}.emailSettings.contentType", "Html"),
    ],
)
def test_other_content(other):
    assert content(chain()) != content(other)


def test_values_of_fields_are_content():
    assert content(with_fields(a="1", b="2")) != content(with_fields(a="2", b="1"))


def test_order_of_reminders_is_content():
    first, second = reminder(delayDays=1), reminder(delayDays=2)
    assert content(chain(reminders=[first, second])) != content(chain(reminders=[second, first]))


@pytest.mark.parametrize(
    ("reader", "document"),
    [
        (read_composed_email, COMPOSED_ORDER),
        (read_instant_sms, INSTANT_SMS),
        (read_instant_email, INSTANT_EMAIL),
    ],
)
def test_every_request_with_an_idempotency_id_has_one(reader, document):
    other = {**document, "sendersReference": "other"}
    assert content(document, reader) == content(document, reader)
    assert content(document, reader) != content(other, reader)
