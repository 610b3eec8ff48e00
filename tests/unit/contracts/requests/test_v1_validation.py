"""The rules of version 1 orders, and the text of every error."""

import pytest

from shared.contracts.requests.v1_request import read_v1_email_order, read_v1_order, read_v1_sms_order
from tests.support.request_bodies import (
    DEFAULTS,
    LOCAL,
    V1_EMAIL_ORDER,
    V1_KARI,
    V1_MOBILE,
    V1_ORDER,
    V1_ORGANIZATION,
    V1_PERSON,
    V1_SMS_ORDER,
    changed,
    errors,
    read,
)

READERS = [
    (read_v1_order, V1_ORDER, "notificationOrderRequest"),
    (read_v1_email_order, V1_EMAIL_ORDER, "emailNotificationOrderRequest"),
    (read_v1_sms_order, V1_SMS_ORDER, "smsNotificationOrderRequest"),
]


each_create = pytest.mark.parametrize(("reader", "document", "parameter"), READERS)


EMAIL_OR_NUMBER = (
    "Either a valid email address, organization number, or national identity number "
    "must be provided for each recipient."
)


MOBILE_OR_NUMBER = (
    "Either a valid mobile number starting with country code, organization number, "
    "or national identity number must be provided for each recipient."
)


ANY_OF_FOUR = (
    "Either a valid email address, mobile number starting with country code, organization number, "
    "or national identity number must be provided for each recipient."
)


PERSON_NOT_ALONE = (
    "National identity number cannot be combined with email address, mobile number, or organization number."
)


ORGANIZATION_NOT_ALONE = (
    "Organization number cannot be combined with email address, mobile number, or national identity number."
)


BAD_EMAIL = "Invalid email address format."


BAD_MOBILE = (
    "Mobile number can contain only '+' and numeric characters, and it must adhere to the E.164 standard."
)


NO_EMAIL_TEMPLATE = "An email template is required for the selected notification channel."


NO_SMS_TEMPLATE = "An SMS template is required for the selected the notification channel."


@pytest.mark.parametrize("sender", ["etat", "etat@", "a@b.no, c@d.no", "Etaten <post@etaten.no>", " "])
def test_a_sender_of_emails_is_an_address(sender):
    document = changed(V1_ORDER, "emailTemplate.fromAddress", sender)
    assert errors(read_v1_order, document) == {
        "EmailTemplate.FromAddress": ["The sender email address is not valid."]
    }


@pytest.mark.parametrize("number", [2, "2", -1, "+7"])
def test_numbers_of_no_member_are_told_under_its_own_key(number):
    content_type = "Email content type must be either Plain or HTML."
    assert errors(read_v1_order, changed(V1_ORDER, "emailTemplate.contentType", number)) == {
        "EmailTemplate.ContentType": [content_type]
    }
    assert errors(read_v1_email_order, V1_EMAIL_ORDER | {"contentType": number}) == {
        "ContentType": [content_type]
    }


@pytest.mark.parametrize("number", [5, "5", -1])
def test_the_number_of_no_channel_is_told_beside_other_mistakes(number):
    document = {"notificationChannel": number, "recipients": [], "smsTemplate": {"body": " "}}
    assert errors(read_v1_order, document) == {
        "NotificationChannel": ["Invalid channel scheme value."],
        "Recipients": ["One or more recipient is required."],
        "SmsTemplate.Body": ["The SMS template body must not be empty."],
    }


@each_create
def test_rules_that_hold_for_every_create(reader, document, parameter):
    broken = document | {
        "requestedSendTime": "2031-03-01T11:54:59Z",
        "conditionEndpoint": "https://localhost/c",
        "resourceAction": "read",
        "recipients": [],
    }
    assert errors(reader, broken) == {
        "RequestedSendTime": ["Send time must be in the future. Leave blank to send immediately."],
        "ConditionEndpoint": ["The condition endpoint must be a valid URL."],
        "ResourceAction": ["ResourceAction cannot be specified without a ResourceId."],
        "Recipients": ["One or more recipient is required."],
    }


@each_create
def test_recipients_left_out_null_or_null_inside(reader, document, parameter):
    assert errors(reader, changed(document, "recipients", ...)) == {
        "Recipients": ["One or more recipient is required."]
    }
    assert errors(reader, document | {"recipients": None}) == {
        "Recipients": ["The Recipients field is required."]
    }
    assert errors(reader, document | {"recipients": [None]}) == {
        "Recipients[0]": ["Recipient item must not be null."]
    }


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("2031-03-01T11:55:00Z", None),
        ("2031-03-01T12:56:00+01:00", None),
        ("2031-03-01T11:54:59Z", "Send time must be in the future. Leave blank to send immediately."),
        ("2031-03-01T12:30:00+02:00", "Send time must be in the future. Leave blank to send immediately."),
        ("2031-03-02T12:00:00", "The requested send time value must have specified a time zone."),
    ],
)
def test_send_times_may_be_five_minutes_old(at, message):
    document = V1_SMS_ORDER | {"requestedSendTime": at}
    if message is None:
        assert read(read_v1_sms_order, document)
    else:
        assert errors(read_v1_sms_order, document) == {"RequestedSendTime": [message]}


INVALID_URL = "The condition endpoint must be a valid URL."


WRONG_SCHEME = "ConditionEndpoint must use http or https scheme."


@pytest.mark.parametrize(
    ("endpoint", "message", "locally"),
    [
        ("https://sub.example.no:8443/c%20d?e=f", None, None),
        (" https://sub.example.no/c d\t?e= f\n", None, None),
        ('https://example.no/\\c"<d>?\\e', None, None),
        ("https://vg..no/c", INVALID_URL, INVALID_URL),
        ("https://v g.no/c", INVALID_URL, INVALID_URL),
        ("https://example.no\\@evil.no/c", INVALID_URL, INVALID_URL),
        ("https://localhost/c", INVALID_URL, None),
        ("https://127.0.0.1/c", INVALID_URL, None),
        ("https://[::1]/c", INVALID_URL, None),
        ("https://blåbær.no/c", INVALID_URL, None),
        ("http://example.no/c", WRONG_SCHEME, None),
        ("http://127.0.0.1:8080/c", INVALID_URL, None),
        ("ftp://example.no/c", INVALID_URL, INVALID_URL),
        ("example.no/c", INVALID_URL, INVALID_URL),
        ("", INVALID_URL, INVALID_URL),
    ],
)
def test_condition_endpoints(endpoint, message, locally):
    document = V1_SMS_ORDER | {"conditionEndpoint": endpoint}
    for expected, defaults in ((message, DEFAULTS), (locally, LOCAL)):
        if expected is None:
            assert read(read_v1_sms_order, document, defaults=defaults).main.condition_endpoint == endpoint
        else:
            found = errors(read_v1_sms_order, document, defaults=defaults)
            assert found == {"ConditionEndpoint": [expected]}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"resourceId": "  ", "resourceAction": "read"},
            "ResourceAction cannot be specified without a ResourceId.",
        ),
        ({"resourceId": "x", "resourceAction": " "}, "ResourceAction cannot be blank or whitespace."),
        ({"resourceId": "x", "resourceAction": ""}, None),
        ({"resourceId": None, "resourceAction": ""}, None),
        ({"resourceId": "anything at all", "resourceAction": "read"}, None),
    ],
)
def test_resource_actions(members, message):
    if message is None:
        assert read(read_v1_sms_order, V1_SMS_ORDER | members)
    else:
        assert errors(read_v1_sms_order, V1_SMS_ORDER | members) == {"ResourceAction": [message]}


def test_texts_of_the_two_short_creates_are_mandatory_and_absence_is_no_other_mistake():
    for document in ({}, {"subject": None, "body": ""}, {"subject": " "}):
        assert errors(read_v1_email_order, document) == {
            "Subject": ["The Subject field is required."],
            "Body": ["The Body field is required."],
        }
    assert errors(read_v1_sms_order, {}) == {"Body": ["The Body field is required."]}


def test_templates_refuse_null_and_blank_in_different_words():
    document = V1_ORDER | {
        "emailTemplate": {"subject": None, "body": None, "fromAddress": None},
        "smsTemplate": {"body": None, "senderNumber": None},
    }
    assert errors(read_v1_order, document) == {
        "EmailTemplate.Subject": ["The Subject field is required."],
        "EmailTemplate.Body": ["The Body field is required."],
        "EmailTemplate.FromAddress": ["The FromAddress field is required."],
        "SmsTemplate.Body": ["The Body field is required."],
        "SmsTemplate.SenderNumber": ["The SenderNumber field is required."],
    }
    assert errors(read_v1_order, V1_ORDER | {"emailTemplate": {"subject": " "}, "smsTemplate": {}}) == {
        "EmailTemplate.Subject": ["The email template subject must not be empty."],
        "EmailTemplate.Body": ["The email template body must not be empty."],
        "SmsTemplate.Body": ["The SMS template body must not be empty."],
    }


@pytest.mark.parametrize(
    ("channel", "missing"),
    [
        ("Email", {"EmailTemplate": [NO_EMAIL_TEMPLATE]}),
        ("Sms", {"SmsTemplate": [NO_SMS_TEMPLATE]}),
        ("EmailPreferred", {"EmailTemplate": [NO_EMAIL_TEMPLATE], "SmsTemplate": [NO_SMS_TEMPLATE]}),
        ("SmsPreferred", {"EmailTemplate": [NO_EMAIL_TEMPLATE], "SmsTemplate": [NO_SMS_TEMPLATE]}),
        ("EmailAndSms", {"EmailTemplate": [NO_EMAIL_TEMPLATE], "SmsTemplate": [NO_SMS_TEMPLATE]}),
        (None, {"NotificationChannel": ["A notification channel must be defined."]}),
    ],
)
def test_templates_a_channel_needs(channel, missing):
    document = {"notificationChannel": channel, "recipients": [V1_PERSON]}
    assert errors(read_v1_order, document) == missing


def test_a_superfluous_template_is_checked():
    document = V1_ORDER | {"notificationChannel": "Sms", "recipients": [V1_MOBILE], "emailTemplate": {}}
    assert set(errors(read_v1_order, document)) == {"EmailTemplate.Subject", "EmailTemplate.Body"}


@pytest.mark.parametrize(
    ("channel", "recipient", "expected"),
    [
        ("Email", {}, {"": [EMAIL_OR_NUMBER]}),
        ("Email", V1_MOBILE, {"": [EMAIL_OR_NUMBER]}),
        ("Sms", {}, {"": [MOBILE_OR_NUMBER]}),
        ("Sms", V1_KARI, {"": [MOBILE_OR_NUMBER]}),
        ("EmailPreferred", {}, {"": [ANY_OF_FOUR]}),
        ("SmsPreferred", {"emailAddress": ""}, {"": [ANY_OF_FOUR]}),
        ("EmailAndSms", {}, {"": [ANY_OF_FOUR]}),
        ("Email", {"emailAddress": "kari"}, {".EmailAddress": [BAD_EMAIL]}),
        ("Email", {"emailAddress": " "}, {".EmailAddress": [BAD_EMAIL]}),
        ("Email", V1_KARI | {"mobileNumber": "4"}, {".MobileNumber": [BAD_MOBILE]}),
        ("Sms", {"mobileNumber": "40000001"}, {".MobileNumber": [BAD_MOBILE]}),
        ("Sms", V1_MOBILE | {"emailAddress": "kari"}, {".EmailAddress": [BAD_EMAIL]}),
        (
            "SmsPreferred",
            {"mobileNumber": "4", "emailAddress": "k"},
            {".EmailAddress": [BAD_EMAIL], ".MobileNumber": [BAD_MOBILE]},
        ),
        (
            "Email",
            {"nationalIdentityNumber": "1234"},
            {".NationalIdentityNumber": ["National identity number must be 11 digits long."]},
        ),
        (
            "Email",
            {"organizationNumber": "٣١٠١٢٨٤٣٥"},
            {".OrganizationNumber": ["Organization number must be 9 digits long."]},
        ),
        ("Email", V1_PERSON | V1_KARI, {"": [PERSON_NOT_ALONE]}),
        ("Email", V1_PERSON | V1_MOBILE, {"": [PERSON_NOT_ALONE]}),
        ("Sms", V1_ORGANIZATION | V1_KARI, {"": [ORGANIZATION_NOT_ALONE]}),
        ("Sms", V1_ORGANIZATION | V1_PERSON, {"": [PERSON_NOT_ALONE, ORGANIZATION_NOT_ALONE]}),
        ("Email", V1_KARI | {"nationalIdentityNumber": ""}, {}),
    ],
)
def test_recipients_of_the_general_create(channel, recipient, expected):
    document = V1_ORDER | {"notificationChannel": channel, "recipients": [V1_PERSON, recipient]}
    if expected:
        found = errors(read_v1_order, document)
        assert found == {f"Recipients[1]{key}": messages for key, messages in expected.items()}
    else:
        assert read(read_v1_order, document)


@pytest.mark.parametrize(
    ("reader", "document", "recipient", "expected"),
    [
        (read_v1_email_order, V1_EMAIL_ORDER, V1_MOBILE, {"": [EMAIL_OR_NUMBER]}),
        (read_v1_email_order, V1_EMAIL_ORDER, V1_PERSON | {"mobileNumber": "x"}, {"": [PERSON_NOT_ALONE]}),
        (read_v1_email_order, V1_EMAIL_ORDER, {"emailAddress": "k"}, {".EmailAddress": [BAD_EMAIL]}),
        (read_v1_sms_order, V1_SMS_ORDER, V1_KARI, {"": [MOBILE_OR_NUMBER]}),
        (read_v1_sms_order, V1_SMS_ORDER, {"mobileNumber": "4"}, {".MobileNumber": [BAD_MOBILE]}),
        (
            read_v1_sms_order,
            V1_SMS_ORDER,
            V1_ORGANIZATION | {"emailAddress": "x"},
            {"": [ORGANIZATION_NOT_ALONE]},
        ),
    ],
)
def test_recipients_of_the_short_creates(reader, document, recipient, expected):
    assert errors(reader, document | {"recipients": [recipient]}) == {
        f"Recipients[0]{key}": messages for key, messages in expected.items()
    }


def test_every_recipient_with_a_mistake_is_named():
    recipients = [{"mobileNumber": "4"}, V1_MOBILE, None, {}]
    assert set(errors(read_v1_sms_order, V1_SMS_ORDER | {"recipients": recipients})) == {
        "Recipients[0].MobileNumber",
        "Recipients[2]",
        "Recipients[3]",
    }
