"""Chain orders whose JSON cannot be read or lacks what is mandatory: the first two stages of validation."""

import pytest

from shared.contracts.requests.chain_request import read_order_chain
from tests.support.request_bodies import (
    RECIPIENT_EXTERNAL,
    RECIPIENT_ORGANIZATION,
    RECIPIENT_PERSON,
    RECIPIENT_SMS,
    chain,
    changed,
    errors,
    person,
    reminder,
)

PARAMETER = {"notificationOrderRequest": ["The notificationOrderRequest field is required."]}


@pytest.mark.parametrize("body", [b"", b"null"], ids=["empty", "null"])
def test_no_body_at_all(body):
    assert errors(read_order_chain, body) == {"": ["A non-empty request body is required."]} | PARAMETER


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (b"{", "$"),
        (b"[]", "$"),
        (b'"text"', "$"),
        (changed(chain(), "idempotencyId", ...), "$"),
        (changed(chain(), "recipient", ...), "$"),
        (changed(chain(), "recipient.recipientEmail.emailAddress", ...), "$.recipient.recipientEmail"),
        (changed(chain(), "recipient.recipientEmail.emailSettings", ...), "$.recipient.recipientEmail"),
        (
            changed(chain(), "recipient.recipientEmail.emailSettings.subject", ...),
            "$.recipient.recipientEmail.emailSettings",
        ),
        (
            changed(chain(RECIPIENT_SMS), "recipient.recipientSms.phoneNumber", ...),
            "$.recipient.recipientSms",
        ),
        (
            changed(chain(RECIPIENT_SMS), "recipient.recipientSms.smsSettings", ...),
            "$.recipient.recipientSms",
        ),
        (
            changed(chain(RECIPIENT_SMS), "recipient.recipientSms.smsSettings.body", ...),
            "$.recipient.recipientSms.smsSettings",
        ),
        (
            changed(chain(RECIPIENT_PERSON), "recipient.recipientPerson.channelSchema", ...),
            "$.recipient.recipientPerson",
        ),
        (
            changed(chain(RECIPIENT_PERSON), "recipient.recipientPerson.nationalIdentityNumber", ...),
            "$.recipient.recipientPerson",
        ),
        (
            changed(chain(RECIPIENT_ORGANIZATION), "recipient.recipientOrganization.orgNumber", ...),
            "$.recipient.recipientOrganization",
        ),
        (
            changed(chain(RECIPIENT_EXTERNAL), "recipient.recipientExternalIdentity.externalIdentity", ...),
            "$.recipient.recipientExternalIdentity",
        ),
        (chain(reminders=[{"delayDays": 1}]), "$.reminders[0]"),
        (chain(idempotencyId=1), "$.idempotencyId"),
        (chain(recipient=[]), "$.recipient"),
        (chain(reminders={}), "$.reminders"),
        (chain(requestedSendTime=None), "$.requestedSendTime"),
        (chain(requestedSendTime="tomorrow"), "$.requestedSendTime"),
        (chain(requestedSendTime=1234567890), "$.requestedSendTime"),
        (chain(reminders=[reminder(requestedSendTime="later")]), "$.reminders[0].requestedSendTime"),
        (chain(reminders=[reminder(delayDays=1.5)]), "$.reminders[0].delayDays"),
        (chain(reminders=[reminder(delayDays=True)]), "$.reminders[0].delayDays"),
        (chain(reminders=[reminder(delayDays=2**31)]), "$.reminders[0].delayDays"),
        (chain(reminders=[reminder(delayDays="1e1")]), "$.reminders[0].delayDays"),
        (chain(reminders=[reminder(delayDays=" 1")]), "$.reminders[0].delayDays"),
        (chain(reminders=[reminder(delayDays=10**30)]), "$.reminders[0].delayDays"),
        (chain(idempotencyId="a\ud800"), "$.idempotencyId"),
        (chain(sendersReference="a\0b"), "$.sendersReference"),
        (
            chain(reminders=[reminder(delayDays=1, sendersReference="\udfff")]),
            "$.reminders[0].sendersReference",
        ),
        (
            changed(chain(), "recipient.recipientEmail.emailSettings.body", "a\0"),
            "$.recipient.recipientEmail.emailSettings.body",
        ),
        (chain(person(channelSchema="Letter")), "$.recipient.recipientPerson.channelSchema"),
        (chain(person(channelSchema=None)), "$.recipient.recipientPerson.channelSchema"),
        (chain(person(channelSchema="Email, Sms")), "$.recipient.recipientPerson.channelSchema"),
        (chain(person(channelSchema=2.0)), "$.recipient.recipientPerson.channelSchema"),
        (chain(person(ignoreReservation="true")), "$.recipient.recipientPerson.ignoreReservation"),
        (
            changed(chain(), "recipient.recipientEmail.emailSettings.contentType", "Rtf"),
            "$.recipient.recipientEmail.emailSettings.contentType",
        ),
        (
            changed(chain(RECIPIENT_SMS), "recipient.recipientSms.smsSettings.sendingTimePolicy", "Night"),
            "$.recipient.recipientSms.smsSettings.sendingTimePolicy",
        ),
    ],
)
def test_unreadable_json_and_absent_properties(document, key):
    found = errors(read_order_chain, document)
    assert set(found) == {key, *PARAMETER}
    assert found["notificationOrderRequest"] == PARAMETER["notificationOrderRequest"]


PERSON = "recipient.recipientPerson"
EMAIL = "recipient.recipientEmail"


@pytest.mark.parametrize(
    ("document", "path", "expected"),
    [
        (
            chain(person(channelSchema="Letter")),
            f"{PERSON}.channelSchema",
            "one of 'Email', 'Sms', 'EmailPreferred', 'SmsPreferred', 'EmailAndSms', found a string",
        ),
        (
            changed(chain(), f"{EMAIL}.emailSettings.contentType", []),
            f"{EMAIL}.emailSettings.contentType",
            "one of 'Plain', 'Html', found a list",
        ),
        (chain(sendersReference={"a": 1}), "sendersReference", "a string, found an object"),
        (chain(sendersReference="a\0b"), "sendersReference", "a string, found a text with a NUL"),
        (chain(reminders={}), "reminders", "a list, found an object"),
        (
            chain(person(ignoreReservation="true")),
            f"{PERSON}.ignoreReservation",
            "true or false, found a string",
        ),
        (chain(requestedSendTime=None), "requestedSendTime", "a time in ISO 8601"),
        (chain(reminders=[reminder(delayDays=1.5)]), "reminders[0].delayDays", "a whole number of 32 bits"),
        (
            chain(recipient=[]),
            "recipient",
            (
                "an object with the members 'recipientEmail', 'recipientSms', 'recipientPerson',"
                " 'recipientOrganization', 'recipientExternalIdentity', found a list"
            ),
        ),
        (
            changed(chain(), f"{EMAIL}.emailSettings", "secret"),
            f"{EMAIL}.emailSettings",
            (
                "an object with the members 'subject', 'body', 'senderEmailAddress', 'contentType',"
                " 'sendingTimePolicy', found a string"
            ),
        ),
        (
            chain(reminders=[7]),
            "reminders[0]",
            (
                "an object with the members 'recipient', 'sendersReference', 'conditionEndpoint',"
                " 'delayDays', 'requestedSendTime', found a number"
            ),
        ),
    ],
)
def test_what_is_expected_is_told(document, path, expected):
    (message,) = errors(read_order_chain, document)[f"$.{path}"]
    begin = f"The JSON value could not be converted. Path: $.{path}. Expected {expected}"
    assert message.startswith(begin), message
    assert "secret" not in message
    assert "Letter" not in message


def test_expected_members_of_the_whole_body_are_told():
    (message,) = errors(read_order_chain, b"[]")["$"]
    assert "Expected an object with the members 'sendersReference', 'requestedSendTime'," in message


def test_only_the_first_problem_of_the_json_is_told_and_nothing_of_later_stages():
    document = chain(idempotencyId=" ", recipient={"recipientSms": {}}, requestedSendTime="x")
    assert len(errors(read_order_chain, document)) == 2


@pytest.mark.parametrize("nothing", [None, "", "  \t"], ids=["null", "empty", "blank"])
@pytest.mark.parametrize(
    ("document", "path", "key"),
    [
        (chain(), "idempotencyId", "IdempotencyId"),
        (chain(), "recipient.recipientEmail.emailAddress", "Recipient.RecipientEmail.EmailAddress"),
        (
            chain(),
            "recipient.recipientEmail.emailSettings.subject",
            "Recipient.RecipientEmail.Settings.Subject",
        ),
        (chain(), "recipient.recipientEmail.emailSettings.body", "Recipient.RecipientEmail.Settings.Body"),
        (chain(RECIPIENT_SMS), "recipient.recipientSms.phoneNumber", "Recipient.RecipientSms.PhoneNumber"),
        (
            chain(RECIPIENT_SMS),
            "recipient.recipientSms.smsSettings.body",
            "Recipient.RecipientSms.Settings.Body",
        ),
        (
            chain(RECIPIENT_PERSON),
            "recipient.recipientPerson.nationalIdentityNumber",
            "Recipient.RecipientPerson.NationalIdentityNumber",
        ),
        (
            chain(RECIPIENT_PERSON),
            "recipient.recipientPerson.smsSettings.body",
            "Recipient.RecipientPerson.SmsSettings.Body",
        ),
        (
            chain(RECIPIENT_PERSON),
            "recipient.recipientPerson.emailSettings.subject",
            "Recipient.RecipientPerson.EmailSettings.Subject",
        ),
        (
            chain(RECIPIENT_ORGANIZATION),
            "recipient.recipientOrganization.orgNumber",
            "Recipient.RecipientOrganization.OrgNumber",
        ),
        (
            chain(RECIPIENT_EXTERNAL),
            "recipient.recipientExternalIdentity.externalIdentity",
            "Recipient.RecipientExternalIdentity.ExternalIdentity",
        ),
        (
            chain(reminders=[reminder(delayDays=1)]),
            "reminders.0.recipient.recipientSms.phoneNumber",
            "Reminders[0].Recipient.RecipientSms.PhoneNumber",
        ),
    ],
)
def test_mandatory_text_that_says_nothing(document, path, key, nothing):
    name = key.rpartition(".")[2]
    assert errors(read_order_chain, changed(document, path, nothing)) == {
        key: [f"The {name} field is required."]
    }


@pytest.mark.parametrize(
    ("document", "path", "key"),
    [
        (chain(), "recipient", "Recipient"),
        (chain(), "recipient.recipientEmail.emailSettings", "Recipient.RecipientEmail.Settings"),
        (chain(RECIPIENT_SMS), "recipient.recipientSms.smsSettings", "Recipient.RecipientSms.Settings"),
        (
            chain(reminders=[reminder(delayDays=1)]),
            "reminders.0.recipient",
            "Reminders[0].Recipient",
        ),
    ],
)
def test_mandatory_objects_that_are_null(document, path, key):
    name = key.rpartition(".")[2]
    assert errors(read_order_chain, changed(document, path, None)) == {
        key: [f"The {name} field is required."]
    }


def test_all_blank_properties_are_told_together_before_any_business_rule():
    document = changed(chain(idempotencyId=" "), "recipient.recipientEmail.emailSettings.body", "")
    document["requestedSendTime"] = "2001-01-01T00:00:00Z"
    assert set(errors(read_order_chain, document)) == {
        "IdempotencyId",
        "Recipient.RecipientEmail.Settings.Body",
    }
