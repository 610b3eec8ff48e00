"""Every row of the validation table of rules for chain orders: the key and the message a caller gets.

The rules for their recipients are in `test_chain_recipient_validation.py`.
"""

import pytest

from shared.contracts.reading import limits
from shared.contracts.requests.chain_request import read_order_chain
from tests.support.request_bodies import (
    EMAIL_SETTINGS,
    LOCAL,
    RECIPIENT_SMS,
    SMS_SETTINGS,
    chain,
    changed,
    errors,
    person,
    read,
    reminder,
)

REMINDER_EITHER = "Either DelayDays or RequestedSendTime must be defined, but not both."
NO_ABSOLUTE_URI = "ConditionEndpoint must be a valid absolute URI or null."
WRONG_SCHEME = "ConditionEndpoint must use http or https scheme."

RULES = [
    (
        chain(requestedSendTime="2031-03-02T10:00:00"),
        {"RequestedSendTime": ["The requested send time value must have specified a time zone."]},
    ),
    (
        chain(requestedSendTime="0001-01-01T00:00:00"),
        {
            "RequestedSendTime": [
                "The requested send time value must have specified a time zone.",
                "RequestedSendTime must be greater than or equal to now.",
            ]
        },
    ),
    (
        chain(requestedSendTime="2031-03-01T11:59:00Z"),
        {"RequestedSendTime": ["RequestedSendTime must be greater than or equal to now."]},
    ),
    (
        chain(requestedSendTime="2031-03-01T12:30:00+01:00"),
        {"RequestedSendTime": ["RequestedSendTime must be greater than or equal to now."]},
    ),
    (
        chain(requestedSendTime="9999-12-31T23:59:59Z"),
        {"RequestedSendTime": ["RequestedSendTime must not be later than 9000-01-01."]},
    ),
    (chain(conditionEndpoint="/relative"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint=""), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https://"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https:///path"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https://example.no/a b"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https://example.no\\@evil.no"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https://example.no/?a=\\b"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https://example.no/a\nb"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https://vg..no"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https://example.no:99999/"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="https://[::1/"), {"ConditionEndpoint": [NO_ABSOLUTE_URI]}),
    (chain(conditionEndpoint="ftp://example.no"), {"ConditionEndpoint": [WRONG_SCHEME]}),
    (chain(conditionEndpoint="http://example.no"), {"ConditionEndpoint": [WRONG_SCHEME]}),
    (
        chain(reminders=[reminder(person(channelSchema=7, nationalIdentityNumber="1"), delayDays=1)]),
        {
            "Reminders[0].Recipient.RecipientPerson.ChannelSchema": ["Invalid channel scheme value."],
            "Reminders[0].Recipient.RecipientPerson.NationalIdentityNumber": [
                "National identity number must be 11 digits long."
            ],
        },
    ),
    (chain(reminders=[reminder()]), {"Reminders[0]": [REMINDER_EITHER]}),
    (
        chain(reminders=[reminder(delayDays=1, requestedSendTime="2031-04-01T00:00:00Z")]),
        {
            "Reminders[0]": [REMINDER_EITHER],
            "Reminders[0].DelayDays": ["DelayDays must be null when RequestedSendTime is set."],
            "Reminders[0].RequestedSendTime": ["RequestedSendTime must be null when DelayDays is set."],
        },
    ),
    (
        chain(reminders=[reminder(delayDays=0), reminder(delayDays=-1)]),
        {
            "Reminders[0].DelayDays": ["DelayDays must be greater than or equal to 1 day."],
            "Reminders[1].DelayDays": ["DelayDays must be greater than or equal to 1 day."],
        },
    ),
    (
        chain(reminders=[reminder(delayDays=2**31 - 1)]),
        {"Reminders[0].DelayDays": ["DelayDays leads beyond the latest send time that is supported."]},
    ),
    (
        chain(reminders=[reminder(requestedSendTime="2031-04-01T00:00:00")]),
        {"Reminders[0].RequestedSendTime": ["The RequestedSendTime must have specified a time zone."]},
    ),
    (
        chain(reminders=[reminder(requestedSendTime="2031-03-01T11:00:00Z")]),
        {
            "Reminders[0].RequestedSendTime": [
                "RequestedSendTime must be greater than or equal to the current UTC time."
            ]
        },
    ),
    (
        chain(reminders=[reminder({}, delayDays=1)]),
        {"Reminders[0].Recipient": ["Must have exactly one recipient."]},
    ),
    (
        chain(reminders=[reminder(delayDays=1, conditionEndpoint="mailto:kari@example.no")]),
        {"Reminders[0].ConditionEndpoint": [WRONG_SCHEME]},
    ),
    (chain(reminders=[None]), {"Reminders[0]": ["Reminder item must not be null."]}),
    (
        chain(reminders=[reminder(delayDays=1)] * 51),
        {"Reminders": ["At most 50 reminders are allowed."]},
    ),
]


@pytest.mark.parametrize(("document", "expected"), RULES)
def test_a_broken_rule(document, expected):
    assert errors(read_order_chain, document) == expected


def test_all_broken_rules_are_told_together():
    document = chain(
        person(nationalIdentityNumber="1", resourceId="x", emailSettings=None),
        requestedSendTime="2001-01-01T00:00:00Z",
        conditionEndpoint="x",
        reminders=[reminder()],
    )
    assert set(errors(read_order_chain, document)) == {
        "RequestedSendTime",
        "ConditionEndpoint",
        "Recipient.RecipientPerson.NationalIdentityNumber",
        "Recipient.RecipientPerson.ResourceId",
        "Recipient.RecipientPerson.EmailSettings",
        "Reminders[0]",
    }


@pytest.mark.parametrize(
    ("document", "path", "key", "longest"),
    [
        (chain(), "idempotencyId", "IdempotencyId", limits.TEXT_LENGTH),
        (chain(), "sendersReference", "SendersReference", limits.TEXT_LENGTH),
        (
            chain(dialogportenAssociation={}),
            "dialogportenAssociation.dialogId",
            "DialogportenAssociation.DialogId",
            limits.TEXT_LENGTH,
        ),
        (
            chain(),
            "recipient.recipientEmail.emailSettings.subject",
            "Recipient.RecipientEmail.Settings.Subject",
            limits.TEXT_LENGTH,
        ),
        (
            chain(),
            "recipient.recipientEmail.emailSettings.body",
            "Recipient.RecipientEmail.Settings.Body",
            limits.EMAIL_BODY_LENGTH,
        ),
        (
            chain(RECIPIENT_SMS),
            "recipient.recipientSms.smsSettings.body",
            "Recipient.RecipientSms.Settings.Body",
            limits.SMS_BODY_LENGTH,
        ),
    ],
)
def test_lengths_have_a_generous_end(document, path, key, longest):
    assert read(read_order_chain, changed(document, path, "å" * longest))
    name = key.rpartition(".")[2]
    assert errors(read_order_chain, changed(document, path, "å" * (longest + 1))) == {
        key: [f"The field {name} must be a string with a maximum length of {longest}."]
    }


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://localhost/x",
        "https://10.0.0.1",
        "https://example.no/a%20b?c=d",
        "HTTPS://EXAMPLE.NO",
        " \r\n\thttps://example.no/x \n",
        "https://example.no/\\x\\y",
        "https:\\\\example.no/x",
        "https://example.no/x?code=abc%3D%3D",
    ],
)
def test_any_https_endpoint_is_accepted_at_placement(endpoint):
    assert read(read_order_chain, chain(conditionEndpoint=endpoint)).main.condition_endpoint == endpoint


def test_plain_http_is_accepted_for_local_use_only():
    document = chain(conditionEndpoint="http://127.0.0.1:8080/c", reminders=[reminder(delayDays=1)])
    assert (
        read(read_order_chain, document, defaults=LOCAL).main.condition_endpoint == "http://127.0.0.1:8080/c"
    )


def test_settings_without_a_recipient_of_their_own_are_read_in_any_combination():
    document = chain(person(channelSchema="Sms", smsSettings=SMS_SETTINGS, emailSettings=EMAIL_SETTINGS))
    assert read(read_order_chain, document).main.email is not None
