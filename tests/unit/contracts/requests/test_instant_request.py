import pytest

from shared.contracts.requests.instant_request import (
    read_instant_deprecated,
    read_instant_email,
    read_instant_sms,
)
from shared.domain.orders.order import (
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from tests.support.request_bodies import (
    DEFAULTS,
    INSTANT_DETAILS,
    INSTANT_EMAIL,
    INSTANT_SMS,
    NOW,
    OLDER_INSTANT_SMS,
    changed,
    errors,
    read,
)

REQUEST_UNREADABLE = {"request": ["The request field is required."]}
LIFETIME = "Time-to-live must be between 60 and 172800 seconds (48 hours)."
PHONE = "Recipient phone number is not a valid mobile number."
ADDRESS = "Invalid email address format."


@pytest.mark.parametrize(
    ("reader", "document", "reference"),
    [(read_instant_sms, INSTANT_SMS, "ref"), (read_instant_deprecated, OLDER_INSTANT_SMS, None)],
)
def test_an_sms_goes_out_at_once(reader, document, reference):
    request = read(reader, document)
    main = request.main
    assert request.idempotency_id == "id-1"
    assert main.type is OrderType.INSTANT
    assert main.requested_send_at == NOW
    assert main.channel_schema is ChannelSchema.SMS
    assert main.recipients == (Recipient(mobile_number="+4799999999"),)
    assert main.sms == SmsTemplate(DEFAULTS.sms_sender, "Koden er 1234")
    assert main.sending_time_policy is SendingTimePolicy.ANYTIME
    assert main.time_to_live_seconds == 300
    assert main.senders_reference == reference


def test_an_email_goes_out_at_once_with_a_subject_of_one_line():
    main = read(read_instant_email, INSTANT_EMAIL).main
    assert main.type is OrderType.INSTANT
    assert main.recipients == (Recipient(email_address="kari@example.no"),)
    assert main.email == EmailTemplate(DEFAULTS.email_from, "Kvit tering", "Takk", EmailContentType.PLAIN)
    assert main.time_to_live_seconds is None


@pytest.mark.parametrize(
    ("reader", "document", "path", "key"),
    [
        (read_instant_sms, INSTANT_SMS, "idempotencyId", "$"),
        (read_instant_sms, INSTANT_SMS, "recipientSms", "$"),
        (read_instant_sms, INSTANT_SMS, "recipientSms.phoneNumber", "$.recipientSms"),
        (read_instant_sms, INSTANT_SMS, "recipientSms.timeToLiveInSeconds", "$.recipientSms"),
        (read_instant_sms, INSTANT_SMS, "recipientSms.smsSettings", "$.recipientSms"),
        (read_instant_sms, INSTANT_SMS, "recipientSms.smsSettings.body", "$.recipientSms.smsSettings"),
        (read_instant_deprecated, OLDER_INSTANT_SMS, "recipient", "$"),
        (read_instant_deprecated, OLDER_INSTANT_SMS, "recipient.recipientSms", "$.recipient"),
        (
            read_instant_deprecated,
            OLDER_INSTANT_SMS,
            "recipient.recipientSms.smsSettings.body",
            "$.recipient.recipientSms.smsSettings",
        ),
        (read_instant_email, INSTANT_EMAIL, "recipientEmail", "$"),
        (read_instant_email, INSTANT_EMAIL, "recipientEmail.emailAddress", "$.recipientEmail"),
        (
            read_instant_email,
            INSTANT_EMAIL,
            "recipientEmail.emailSettings.subject",
            "$.recipientEmail.emailSettings",
        ),
    ],
)
def test_what_has_to_be_in_the_json(reader, document, path, key):
    found = errors(reader, changed(document, path, ...))
    assert set(found) == {key, "request"}
    assert found["request"] == REQUEST_UNREADABLE["request"]


@pytest.mark.parametrize("lifetime", [None, "soon", 60.5, True])
def test_a_lifetime_is_a_whole_number(lifetime):
    document = changed(INSTANT_SMS, "recipientSms.timeToLiveInSeconds", lifetime)
    assert set(errors(read_instant_sms, document)) == {"$.recipientSms.timeToLiveInSeconds", "request"}


@pytest.mark.parametrize(
    ("reader", "document", "path", "key"),
    [
        (read_instant_sms, INSTANT_SMS, "idempotencyId", "IdempotencyId"),
        (read_instant_sms, INSTANT_SMS, "recipientSms.phoneNumber", "RecipientSms.PhoneNumber"),
        (
            read_instant_sms,
            INSTANT_SMS,
            "recipientSms.smsSettings.body",
            "RecipientSms.ShortMessageContent.Body",
        ),
        (
            read_instant_deprecated,
            OLDER_INSTANT_SMS,
            "recipient.recipientSms.smsSettings.body",
            "InstantNotificationRecipient.ShortMessageDeliveryDetails.ShortMessageContent.Body",
        ),
        (
            read_instant_email,
            INSTANT_EMAIL,
            "recipientEmail.emailAddress",
            "InstantEmailDetails.EmailAddress",
        ),
        (
            read_instant_email,
            INSTANT_EMAIL,
            "recipientEmail.emailSettings.subject",
            "InstantEmailDetails.EmailSettings.Subject",
        ),
    ],
)
def test_mandatory_text_that_says_nothing(reader, document, path, key):
    name = key.rpartition(".")[2]
    assert errors(reader, changed(document, path, " ")) == {key: [f"The {name} field is required."]}
    assert errors(reader, changed(document, path, None)) == {key: [f"The {name} field is required."]}


@pytest.mark.parametrize("lifetime", [60, 172_800, "60"])
def test_lifetimes_within_the_range(lifetime):
    document = changed(INSTANT_SMS, "recipientSms.timeToLiveInSeconds", lifetime)
    assert read(read_instant_sms, document).main.time_to_live_seconds == int(lifetime)


@pytest.mark.parametrize("lifetime", [-1, 0, 59, 172_801])
def test_lifetimes_outside_the_range(lifetime):
    document = changed(INSTANT_SMS, "recipientSms.timeToLiveInSeconds", lifetime)
    assert errors(read_instant_sms, document) == {"RecipientSms.TimeToLiveInSeconds": [LIFETIME]}


def test_broken_rules_are_told_together_under_the_internal_names():
    details = {**INSTANT_DETAILS, "phoneNumber": "40000001", "timeToLiveInSeconds": 1}
    prefix = "InstantNotificationRecipient.ShortMessageDeliveryDetails"
    assert errors(read_instant_deprecated, changed(OLDER_INSTANT_SMS, "recipient.recipientSms", details)) == {
        f"{prefix}.PhoneNumber": [PHONE],
        f"{prefix}.TimeToLiveInSeconds": [LIFETIME],
    }


def test_both_addresses_of_an_email_are_checked():
    document = changed(INSTANT_EMAIL, "recipientEmail.emailAddress", "kari")
    document = changed(document, "recipientEmail.emailSettings.senderEmailAddress", "etat")
    assert errors(read_instant_email, document) == {
        "InstantEmailDetails.EmailAddress": [ADDRESS],
        "InstantEmailDetails.EmailSettings.SenderEmailAddress": [ADDRESS],
    }
