"""Valid request bodies to vary, and a way to see what a reader refuses."""

import json
from copy import deepcopy
from datetime import UTC, datetime

import pytest

from shared.contracts.reading.order_defaults import Defaults
from shared.runtime.errors import RequestInvalidError

NOW = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
DEFAULTS = Defaults(email_from="noreply@example.no", sms_sender="Altinn")
LOCAL = Defaults(email_from="noreply@example.no", sms_sender="Altinn", insecure_endpoints=True)

EMAIL_SETTINGS = {"subject": "Emne", "body": "Tekst"}
SMS_SETTINGS = {"body": "Hei"}
RECIPIENT_EMAIL = {"recipientEmail": {"emailAddress": "kari@example.no", "emailSettings": EMAIL_SETTINGS}}
RECIPIENT_SMS = {"recipientSms": {"phoneNumber": "+4799999999", "smsSettings": SMS_SETTINGS}}
RECIPIENT_PERSON = {
    "recipientPerson": {
        "nationalIdentityNumber": "07885799912",
        "channelSchema": "EmailPreferred",
        "emailSettings": EMAIL_SETTINGS,
        "smsSettings": SMS_SETTINGS,
    }
}
RECIPIENT_ORGANIZATION = {
    "recipientOrganization": {
        "orgNumber": "310128435",
        "channelSchema": "Email",
        "emailSettings": EMAIL_SETTINGS,
    }
}
RECIPIENT_EXTERNAL = {
    "recipientExternalIdentity": {
        "externalIdentity": "urn:altinn:person:idporten-email:kari@example.no",
        "channelSchema": "Sms",
        "smsSettings": SMS_SETTINGS,
    }
}


def chain(recipient=RECIPIENT_EMAIL, **members):
    return {"idempotencyId": "id-1", "recipient": recipient, **members}


def person(**members):
    return {"recipientPerson": {**RECIPIENT_PERSON["recipientPerson"], **members}}


def reminder(recipient=RECIPIENT_SMS, **members):
    return {"recipient": recipient, **members}


def changed(document, path, value):
    """Return a copy with the value at a dotted path replaced; `...` removes it."""
    copy = deepcopy(document)
    target = copy
    *parents, last = path.split(".")
    for name in parents:
        target = target[int(name) if isinstance(target, list) else name]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return copy


def read(reader, document, *, now=NOW, defaults=DEFAULTS):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return reader(body, now=now, defaults=defaults)


def refusal(reader, document, *, now=NOW, defaults=DEFAULTS):
    """Return the error with which a reader refuses a document."""
    with pytest.raises(RequestInvalidError) as caught:
        read(reader, document, now=now, defaults=defaults)
    return caught.value


def errors(reader, document, **options):
    return refusal(reader, document, **options).errors
