"""Every rule for version 2 orders: what to change in a good request, and the key and text of the error.

Rows are grouped by the part of the request they change; paths and keys continue those of their group.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.api.bodies import (
    Json,
    attachment,
    chain,
    composed,
    deprecated_instant,
    identity_chain,
    instant_email,
    instant_sms,
    organization_chain,
    person_chain,
    reminder,
    sas_url,
    sms_chain,
)

ORDERS, SMS, EMAIL = "/future/orders", "/future/orders/instant/sms", "/future/orders/instant/email"
DEPRECATED, COMPOSED = "/future/orders/instant", "/future/orders/composed-email"
NIN, ORG, USERNAME = "17912099997", "310000019", "urn:altinn:party:username:nobody"
LATER, PAST = "2031-06-01T10:00:00Z", "2031-05-05T09:00:00Z"

EMAIL_FORMAT = "Invalid email address format."
SENDER_FORMAT = "The sender email address is not valid."
PHONE_FORMAT = "Recipient phone number is not a valid mobile number."
NIN_LENGTH = "National identity number must be 11 digits long."
ORG_LENGTH = "Organization number must be 9 digits long."
ONLY_ANYTIME = "Email only supports send time anytime"
ONE_RECIPIENT = "Must have exactly one recipient."
NO_ZONE = "The requested send time value must have specified a time zone."
TOO_EARLY = "RequestedSendTime must be greater than or equal to now."
REMINDER_NO_ZONE = "The RequestedSendTime must have specified a time zone."
REMINDER_TOO_EARLY = "RequestedSendTime must be greater than or equal to the current UTC time."
NOT_ABSOLUTE = "ConditionEndpoint must be a valid absolute URI or null."
WRONG_SCHEME = "ConditionEndpoint must use http or https scheme."
RESOURCE = "ResourceId must have a valid syntax."
NO_ACTION_ALONE = "ResourceAction cannot be specified without a ResourceId."
IDENTITY = "Invalid external identity URN format."
TTL = "Time-to-live must be between 60 and 172800 seconds (48 hours)."
ONE_TIME = "Either DelayDays or RequestedSendTime must be defined, but not both."
TOO_SOON = "DelayDays must be greater than or equal to 1 day."

type Build = Callable[[], Json]


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a request: where it is in the JSON, and how the keys of `errors` call it."""

    endpoint: str
    build: Build
    path: str = ""
    key: str = ""


def person() -> Json:
    """Return an order to a person."""
    return person_chain(NIN)


def organization() -> Json:
    """Return an order to an organisation."""
    return organization_chain(ORG)


def identity() -> Json:
    """Return an order to an external identity."""
    return identity_chain(USERNAME)


def with_reminders() -> Json:
    """Return an order with two reminders."""
    return chain() | {"reminders": [reminder(), reminder()]}


_ORDER = Part(ORDERS, chain)
_TO_EMAIL = Part(ORDERS, chain, "recipient.recipientEmail.", "Recipient.RecipientEmail.")
_TO_SMS = Part(ORDERS, sms_chain, "recipient.recipientSms.", "Recipient.RecipientSms.")
_TO_PERSON = Part(ORDERS, person, "recipient.recipientPerson.", "Recipient.RecipientPerson.")
_TO_ORG = Part(ORDERS, organization, "recipient.recipientOrganization.", "Recipient.RecipientOrganization.")
_TO_IDENTITY = Part(
    ORDERS, identity, "recipient.recipientExternalIdentity.", "Recipient.RecipientExternalIdentity."
)
_REMINDER = Part(ORDERS, with_reminders, "reminders.1.", "Reminders[1].")
_SMS_ORDER = Part(SMS, instant_sms)
_SMS = Part(SMS, instant_sms, "recipientSms.", "RecipientSms.")
_EMAIL_ORDER = Part(EMAIL, instant_email)
_EMAIL = Part(EMAIL, instant_email, "recipientEmail.", "InstantEmailDetails.")
_OLD_ORDER = Part(DEPRECATED, deprecated_instant)
_OLD = Part(
    DEPRECATED,
    deprecated_instant,
    "recipient.recipientSms.",
    "InstantNotificationRecipient.ShortMessageDeliveryDetails.",
)
_COMPOSED = Part(COMPOSED, composed)
_TO_FILES = Part(COMPOSED, composed, "recipient.", "Recipient.")

_BROKEN: dict[Part, list[tuple[str, Any, str, str]]] = {  # path, value, key, message
    _ORDER: [
        ("requestedSendTime", "2031-05-05T23:00:00", "RequestedSendTime", NO_ZONE),
        ("requestedSendTime", PAST, "RequestedSendTime", TOO_EARLY),
        ("conditionEndpoint", "relative/path", "ConditionEndpoint", NOT_ABSOLUTE),
        ("conditionEndpoint", "ftp://example.no/x", "ConditionEndpoint", WRONG_SCHEME),
        ("recipient", {}, "Recipient", ONE_RECIPIENT),
        ("reminders", [reminder(delayDays=0)], "Reminders[0].DelayDays", TOO_SOON),
        ("reminders", [reminder(delayDays=None)], "Reminders[0]", ONE_TIME),
        ("reminders", [reminder(), None], "Reminders[1]", "Reminder item must not be null."),
        ("reminders", [reminder(conditionEndpoint="x")], "Reminders[0].ConditionEndpoint", NOT_ABSOLUTE),
        (
            "reminders",
            [reminder(requestedSendTime="2031-05-06T10:00:00")],
            "Reminders[0].RequestedSendTime",
            REMINDER_NO_ZONE,
        ),
        (
            "reminders",
            [reminder(requestedSendTime=PAST)],
            "Reminders[0].RequestedSendTime",
            REMINDER_TOO_EARLY,
        ),
    ],
    _TO_EMAIL: [
        ("emailAddress", "kari@localhost", "EmailAddress", EMAIL_FORMAT),
        ("emailSettings.senderEmailAddress", "", "Settings.SenderEmailAddress", SENDER_FORMAT),
        ("emailSettings.senderEmailAddress", "x", "Settings.SenderEmailAddress", SENDER_FORMAT),
        ("emailSettings.sendingTimePolicy", "Daytime", "Settings.SendingTimePolicy", ONLY_ANYTIME),
    ],
    _TO_SMS: [("phoneNumber", "40000001", "PhoneNumber", PHONE_FORMAT)],
    _TO_PERSON: [
        ("nationalIdentityNumber", "1234567890", "NationalIdentityNumber", NIN_LENGTH),
        ("nationalIdentityNumber", "\u0661" * 11, "NationalIdentityNumber", NIN_LENGTH),  # Arabic digits
        ("resourceId", "eksempel", "ResourceId", RESOURCE),
        ("resourceId", "urn:altinn:resource:", "ResourceId", RESOURCE),
        ("resourceAction", "read", "ResourceAction", NO_ACTION_ALONE),
        ("emailSettings.senderEmailAddress", "x", "EmailSettings.SenderEmailAddress", SENDER_FORMAT),
        ("emailSettings.sendingTimePolicy", "Daytime", "EmailSettings.SendingTimePolicy", ONLY_ANYTIME),
    ],
    _TO_ORG: [("orgNumber", "1234567890", "OrgNumber", ORG_LENGTH)],
    _TO_IDENTITY: [
        ("externalIdentity", "urn:altinn:other:x", "ExternalIdentity", IDENTITY),
        ("externalIdentity", "URN:altinn:party:username:x", "ExternalIdentity", IDENTITY),
        ("externalIdentity", "urn:altinn:party:username:%20", "ExternalIdentity", IDENTITY),
        ("externalIdentity", "urn:altinn:person:idporten-email:a+b@x.no", "ExternalIdentity", IDENTITY),
    ],
    _REMINDER: [
        ("recipient", sms_chain()["recipient"] | chain()["recipient"], "Recipient", ONE_RECIPIENT),
        ("recipient.recipientEmail.emailAddress", "x", "Recipient.RecipientEmail.EmailAddress", EMAIL_FORMAT),
    ],
    _SMS: [
        ("phoneNumber", "40000001", "PhoneNumber", PHONE_FORMAT),
        ("timeToLiveInSeconds", 59, "TimeToLiveInSeconds", TTL),
        ("timeToLiveInSeconds", 172801, "TimeToLiveInSeconds", TTL),
    ],
    _EMAIL: [
        ("emailAddress", "x", "EmailAddress", EMAIL_FORMAT),
        ("emailSettings.senderEmailAddress", "x", "EmailSettings.SenderEmailAddress", EMAIL_FORMAT),
    ],
    _OLD: [
        ("phoneNumber", "1", "PhoneNumber", PHONE_FORMAT),
        ("timeToLiveInSeconds", 59, "TimeToLiveInSeconds", TTL),
    ],
    _COMPOSED: [
        ("requestedSendTime", PAST, "RequestedSendTime", TOO_EARLY),
        ("conditionEndpoint", "x", "ConditionEndpoint", NOT_ABSOLUTE),
    ],
    _TO_FILES: [
        ("emailAddress", "x", "EmailAddress", EMAIL_FORMAT),
        ("emailSettings.senderEmailAddress", "x", "Settings.SenderEmailAddress", SENDER_FORMAT),
        ("emailSettings.sendingTimePolicy", "Daytime", "Settings.SendingTimePolicy", ONLY_ANYTIME),
    ],
}
_MANDATORY: dict[Part, list[tuple[str, str]]] = {  # path, key
    _ORDER: [("idempotencyId", "IdempotencyId"), ("recipient", "Recipient")],
    _TO_EMAIL: [
        ("emailAddress", "EmailAddress"),
        ("emailSettings", "Settings"),
        ("emailSettings.subject", "Settings.Subject"),
        ("emailSettings.body", "Settings.Body"),
    ],
    _TO_SMS: [
        ("phoneNumber", "PhoneNumber"),
        ("smsSettings", "Settings"),
        ("smsSettings.body", "Settings.Body"),
    ],
    _TO_PERSON: [
        ("nationalIdentityNumber", "NationalIdentityNumber"),
        ("smsSettings.body", "SmsSettings.Body"),
        ("emailSettings.subject", "EmailSettings.Subject"),
    ],
    _TO_ORG: [("orgNumber", "OrgNumber")],
    _TO_IDENTITY: [("externalIdentity", "ExternalIdentity")],
    _REMINDER: [("recipient", "Recipient")],
    _SMS_ORDER: [("idempotencyId", "IdempotencyId"), ("recipientSms", "RecipientSms")],
    _SMS: [
        ("phoneNumber", "PhoneNumber"),
        ("smsSettings", "ShortMessageContent"),
        ("smsSettings.body", "ShortMessageContent.Body"),
    ],
    _EMAIL_ORDER: [("idempotencyId", "IdempotencyId"), ("recipientEmail", "InstantEmailDetails")],
    _EMAIL: [
        ("emailAddress", "EmailAddress"),
        ("emailSettings", "EmailSettings"),
        ("emailSettings.subject", "EmailSettings.Subject"),
        ("emailSettings.body", "EmailSettings.Body"),
    ],
    _OLD_ORDER: [
        ("idempotencyId", "IdempotencyId"),
        ("recipient", "InstantNotificationRecipient"),
        ("recipient.recipientSms", "InstantNotificationRecipient.ShortMessageDeliveryDetails"),
    ],
    _OLD: [("phoneNumber", "PhoneNumber"), ("smsSettings.body", "ShortMessageContent.Body")],
    _COMPOSED: [("idempotencyId", "IdempotencyId"), ("recipient", "Recipient")],
    _TO_FILES: [
        ("emailAddress", "EmailAddress"),
        ("emailSettings", "Settings"),
        ("emailSettings.subject", "Settings.Subject"),
        ("emailSettings.body", "Settings.Body"),
    ],
}
_MANDATORY_BUT_NEVER_BLANK = [(_TO_PERSON, "channelSchema"), (_SMS, "timeToLiveInSeconds")]

_PREFERRED = "must be set when ChannelSchema is SmsPreferred or EmailPreferred"
SETTINGS_BY_CHANNEL: list[tuple[str, str, dict[str, str]]] = [  # channel, what is given, what is said
    ("Email", "emailSettings", {}),
    ("Sms", "smsSettings", {}),
    ("Email", "smsSettings", {"EmailSettings": "EmailSettings must be set when ChannelSchema is Email"}),
    ("Sms", "emailSettings", {"SmsSettings": "SmsSettings must be set when ChannelSchema is Sms"}),
    ("EmailPreferred", "emailSettings", {"SmsSettings": f"SmsSettings {_PREFERRED}"}),
    ("SmsPreferred", "smsSettings", {"EmailSettings": f"EmailSettings {_PREFERRED}"}),
    (
        "EmailAndSms",
        "",
        {
            "EmailSettings": "EmailSettings must be set when ChannelSchema is EmailAndSms",
            "SmsSettings": "SmsSettings must be set when ChannelSchema is EmailAndSms",
        },
    ),
]

_FILE = "Attachment 'vedtak.pdf':"
_PARAMETERS = f"{_FILE} sasUrl is missing required SAS parameters (se, sig, sp, sr)."
_NAME = "filename must not contain path separators, and must include a file extension."
_HTTPS = f"{_FILE} sasUrl must be an absolute HTTPS URI."
_STORAGE = f"{_FILE} sasUrl host must be within Azure Blob Storage (*.blob.core.windows.net)."
_EXPIRY = f"{_FILE} sasUrl has an invalid 'se' (signed expiry) value."
_NO_READING = f"{_FILE} sasUrl does not grant read permission ('r' must be present in 'sp')."
_SHORT = f"{_FILE} sasUrl must be valid for at least 15 minutes after requestedSendTime."
_TYPE = f"{_FILE} mimeType is not supported. Refer to ACS documentation for the list of accepted MIME types."
BAD_ATTACHMENTS: list[tuple[Json | None, str, str]] = [  # file, key below Attachments[0], message
    (None, "", "Attachment item must not be null."),
    (attachment(filename=" "), ".Filename", "The Filename field is required."),
    (attachment(mimeType=""), ".MimeType", "The MimeType field is required."),
    (attachment(sasUrl=None), ".SasUrl", "The SasUrl field is required."),
    (attachment(filename="../x.pdf"), ".Filename", f"Attachment '../x.pdf': {_NAME}"),
    (attachment(filename="a\\x.pdf"), ".Filename", f"Attachment 'a\\x.pdf': {_NAME}"),
    (attachment(filename="vedtak"), ".Filename", f"Attachment 'vedtak': {_NAME}"),
    (attachment(filename="vedtak."), ".Filename", f"Attachment 'vedtak.': {_NAME}"),
    (attachment(sasUrl="/relative?se=2031-12-24"), ".SasUrl", _HTTPS),
    (attachment(sasUrl=sas_url().replace("https", "http")), ".SasUrl", _HTTPS),
    (attachment(sasUrl=sas_url("evil.example")), ".SasUrl", _STORAGE),
    (attachment(sasUrl=sas_url("xblob.core.windows.net")), ".SasUrl", _STORAGE),
    (attachment(sasUrl=sas_url(se=None)), ".SasUrl", _PARAMETERS),
    (attachment(sasUrl=sas_url(sig=None)), ".SasUrl", _PARAMETERS),
    (attachment(sasUrl=sas_url(sp="")), ".SasUrl", _PARAMETERS),
    (attachment(sasUrl=sas_url(sr="c")), ".SasUrl", _PARAMETERS),
    (attachment(sasUrl=sas_url(se="soon")), ".SasUrl", _EXPIRY),
    (attachment(sasUrl=sas_url(sp="w")), ".SasUrl", _NO_READING),
    (attachment(mimeType="application/x-msdownload"), ".MimeType", _TYPE),
    (attachment("2031-06-01T10:14:59Z"), "", _SHORT),
]
GOOD_ATTACHMENTS = [
    attachment(),
    attachment(mimeType="IMAGE/PNG", filename="b.PNG"),
    attachment("2031-06-01T10:15:00Z"),
    attachment(sasUrl=sas_url("KONTO.BLOB.CORE.WINDOWS.NET", sp="rw", sr="B")),
]


def broken_rules() -> Iterator[tuple[str, Build, str, Any, str, str]]:
    """Yield (endpoint, good request, path, value, key, message) of every business rule."""
    for part, rows in _BROKEN.items():
        for path, value, key, message in rows:
            yield part.endpoint, part.build, part.path + path, value, part.key + key, message


def mandatory() -> Iterator[tuple[str, Build, str, str]]:
    """Yield (endpoint, good request, path, key) of every property that may not be null or blank."""
    for part, rows in _MANDATORY.items():
        for path, key in rows:
            yield part.endpoint, part.build, part.path + path, part.key + key


def mandatory_in_json() -> Iterator[tuple[str, Build, str]]:
    """Yield (endpoint, good request, path) of every property that has to be present."""
    for endpoint, build, path, _ in mandatory():
        yield endpoint, build, path
    for part, path in _MANDATORY_BUT_NEVER_BLANK:
        yield part.endpoint, part.build, part.path + path
