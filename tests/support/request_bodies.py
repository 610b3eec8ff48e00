"""Valid request bodies to vary, and a way to see what a reader refuses."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.reading.order_defaults import Defaults
from shared.runtime.errors import RequestInvalidError

type Body = dict[str, Any]
type Reader[T] = Callable[..., T]

NOW = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
DEFAULTS = Defaults(email_from="noreply@example.no", sms_sender="Altinn")
LOCAL = Defaults(email_from="noreply@example.no", sms_sender="Altinn", insecure_endpoints=True)

EMAIL_SETTINGS: Body = {"subject": "Emne", "body": "Tekst"}
SMS_SETTINGS: Body = {"body": "Hei"}
RECIPIENT_EMAIL: Body = {
    "recipientEmail": {"emailAddress": "kari@example.no", "emailSettings": EMAIL_SETTINGS}
}
RECIPIENT_SMS: Body = {"recipientSms": {"phoneNumber": "+4799999999", "smsSettings": SMS_SETTINGS}}
RECIPIENT_PERSON: Body = {
    "recipientPerson": {
        "nationalIdentityNumber": "07885799912",
        "channelSchema": "EmailPreferred",
        "emailSettings": EMAIL_SETTINGS,
        "smsSettings": SMS_SETTINGS,
    }
}
RECIPIENT_ORGANIZATION: Body = {
    "recipientOrganization": {
        "orgNumber": "310128435",
        "channelSchema": "Email",
        "emailSettings": EMAIL_SETTINGS,
    }
}
RECIPIENT_EXTERNAL: Body = {
    "recipientExternalIdentity": {
        "externalIdentity": "urn:altinn:person:idporten-email:kari@example.no",
        "channelSchema": "Sms",
        "smsSettings": SMS_SETTINGS,
    }
}

FILE_LINK = "https://konto.blob.core.windows.net/utboks/vedtak.pdf?sp=r&se=2031-04-01T12:00:00Z&sr=b&sig=x"
FILE: Body = {"filename": "vedtak.pdf", "mimeType": "application/pdf", "sasUrl": FILE_LINK}
COMPOSED_ORDER: Body = {
    "idempotencyId": "id-1",
    "requestedSendTime": "2031-03-20T10:00:00Z",
    "recipient": {
        "emailAddress": " part@example.no ",
        "emailSettings": {
            "subject": "Ved\ntak",
            "body": "<p>Se vedlegg.</p>",
            "contentType": "Html",
            "attachments": [FILE],
        },
    },
}

INSTANT_DETAILS: Body = {
    "phoneNumber": "+4799999999",
    "timeToLiveInSeconds": 300,
    "smsSettings": {"body": "Koden er 1234"},
}
INSTANT_SMS: Body = {"idempotencyId": "id-1", "sendersReference": "ref", "recipientSms": INSTANT_DETAILS}
OLDER_INSTANT_SMS: Body = {"idempotencyId": "id-1", "recipient": {"recipientSms": INSTANT_DETAILS}}
INSTANT_EMAIL: Body = {
    "idempotencyId": "id-1",
    "recipientEmail": {
        "emailAddress": " kari@example.no ",
        "emailSettings": {"subject": "Kvit\r\ntering", "body": "Takk"},
    },
}

V1_EMAIL_TEMPLATE: Body = {"subject": "Nytt\nbrev", "body": "Tekst"}
V1_SMS_TEMPLATE: Body = {"body": "Hei"}
V1_KARI: Body = {"emailAddress": " kari@example.no "}
V1_MOBILE: Body = {"mobileNumber": "004799999999"}
V1_PERSON: Body = {"nationalIdentityNumber": "07885799912"}
V1_ORGANIZATION: Body = {"organizationNumber": "310128435"}
V1_ORDER: Body = {
    "notificationChannel": "EmailPreferred",
    "recipients": [V1_KARI, V1_MOBILE, V1_PERSON, V1_ORGANIZATION],
    "emailTemplate": V1_EMAIL_TEMPLATE,
    "smsTemplate": V1_SMS_TEMPLATE,
}
V1_EMAIL_ORDER: Body = {"subject": "Frist\r\nsnart", "body": "Tre dager", "recipients": [V1_KARI]}
V1_SMS_ORDER: Body = {"body": "Vannet stenges", "recipients": [V1_MOBILE]}


def chain(recipient: Body = RECIPIENT_EMAIL, **members: Any) -> Body:
    return {"idempotencyId": "id-1", "recipient": recipient, **members}


def person(**members: Any) -> Body:
    return {"recipientPerson": {**RECIPIENT_PERSON["recipientPerson"], **members}}


def reminder(recipient: Body = RECIPIENT_SMS, **members: Any) -> Body:
    return {"recipient": recipient, **members}


def changed(document: Body, path: str, value: Any) -> Body:
    """Return a copy with the value at a dotted path replaced; `...` removes it."""
    copy = deepcopy(document)
    target: Any = copy
    *parents, last = path.split(".")
    for name in parents:
        target = target[int(name) if isinstance(target, list) else name]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return copy


def read[T](
    reader: Reader[T], document: Body | bytes, *, now: datetime = NOW, defaults: Defaults = DEFAULTS
) -> T:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return reader(body, now=now, defaults=defaults)


def refusal(
    reader: Reader[Any], document: Body | bytes, *, now: datetime = NOW, defaults: Defaults = DEFAULTS
) -> RequestInvalidError:
    """Return the error with which a reader refuses a document."""
    with pytest.raises(RequestInvalidError) as caught:
        read(reader, document, now=now, defaults=defaults)
    return caught.value


def errors(reader: Reader[Any], document: Body | bytes, **options: Any) -> dict[str, list[str]]:
    return refusal(reader, document, **options).errors
