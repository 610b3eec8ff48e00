"""A request that is accepted for every endpoint that takes one, and ways to change it.

Addresses are new each time. Paths such as `recipients.0.mobileNumber` say where in the JSON something is.
"""

import copy
from datetime import datetime, timedelta
from typing import Any

from tests.support.scenarios.owner import (
    email_order,
    new_email,
    new_idempotency_id,
    new_phone,
    new_text,
    sms_order,
)

type Json = dict[str, Any]

LEFT_OUT: Any = object()


def v1_order(channel: str = "EmailPreferred", **more: Any) -> Json:
    """Return `POST /orders` with one recipient of each direct kind and both templates."""
    return {
        "notificationChannel": channel,
        "recipients": [{"emailAddress": new_email(), "mobileNumber": new_phone()}],
        "emailTemplate": {"subject": new_text("Vedtak"), "body": new_text()},
        "smsTemplate": {"body": new_text()},
        **more,
    }


def v1_email(to: str | None = None, **more: Any) -> Json:
    """Return `POST /orders/email`."""
    recipients = [{"emailAddress": to or new_email()}]
    return {"subject": new_text("Vedtak"), "body": new_text(), "recipients": recipients, **more}


def v1_sms(to: str | None = None, **more: Any) -> Json:
    """Return `POST /orders/sms`."""
    return {"body": new_text(), "recipients": [{"mobileNumber": to or new_phone()}], **more}


def chain() -> Json:
    """Return `POST /future/orders` for one e-mail."""
    return email_order(new_email())


def sms_chain() -> Json:
    """Return `POST /future/orders` for one SMS."""
    return sms_order(new_phone())


def looked_up_chain(member: str, **recipient: Any) -> Json:
    """Return `POST /future/orders` for somebody a register knows; texts for both channels."""
    texts = {
        "emailSettings": {"subject": new_text("Vedtak"), "body": new_text()},
        "smsSettings": {"body": new_text()},
    }
    return chain() | {"recipient": {member: {"channelSchema": "EmailPreferred", **texts, **recipient}}}


def person_chain(nin: str, **recipient: Any) -> Json:
    """Return `POST /future/orders` for a person."""
    return looked_up_chain("recipientPerson", nationalIdentityNumber=nin, **recipient)


def organization_chain(number: str, **recipient: Any) -> Json:
    """Return `POST /future/orders` for an organisation."""
    return looked_up_chain("recipientOrganization", orgNumber=number, **recipient)


def identity_chain(urn: str, **recipient: Any) -> Json:
    """Return `POST /future/orders` for an external identity."""
    return looked_up_chain("recipientExternalIdentity", externalIdentity=urn, **recipient)


def reminder(**more: Any) -> Json:
    """Return a reminder for one e-mail after a day, unless `more` gives another time."""
    when = {} if {"delayDays", "requestedSendTime"} & set(more) else {"delayDays": 1}
    return {"recipient": chain()["recipient"], **when, **more}


def instant_sms(**more: Any) -> Json:
    """Return `POST /future/orders/instant/sms`."""
    recipient = {
        "phoneNumber": new_phone(),
        "timeToLiveInSeconds": 300,
        "smsSettings": {"body": new_text("Koden din er")},
    }
    return {"idempotencyId": new_idempotency_id(), "recipientSms": recipient, **more}


def instant_email(**more: Any) -> Json:
    """Return `POST /future/orders/instant/email`."""
    settings = {"subject": new_text("Kvittering"), "body": new_text()}
    recipient = {"emailAddress": new_email(), "emailSettings": settings}
    return {"idempotencyId": new_idempotency_id(), "recipientEmail": recipient, **more}


def deprecated_instant(**more: Any) -> Json:
    """Return `POST /future/orders/instant`."""
    order = instant_sms()
    return {
        "idempotencyId": order["idempotencyId"],
        "recipient": {"recipientSms": order["recipientSms"]},
        **more,
    }


def composed(**more: Any) -> Json:
    """Return `POST /future/orders/composed-email` without files."""
    settings = {"subject": new_text("Vedtak"), "body": new_text()}
    recipient = {"emailAddress": new_email(), "emailSettings": settings}
    return {"idempotencyId": new_idempotency_id(), "recipient": recipient, **more}


def attachment(expires_at: datetime | str = "2031-12-24T12:00:00Z", **more: Any) -> Json:
    """Return a file of a composed e-mail."""
    expiry = expires_at if isinstance(expires_at, str) else f"{expires_at:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "filename": "vedtak.pdf",
        "mimeType": "application/pdf",
        "sasUrl": sas_url(se=expiry),
        **more,
    }


def sas_url(host: str = "konto.blob.core.windows.net", **parameters: str | None) -> str:
    """Return a link to a blob; a parameter that is None is left out."""
    query = {"sp": "r", "se": "2031-12-24T12:00:00Z", "sr": "b", "sig": "cGxhY2Vob2xkZXI", **parameters}
    joined = "&".join(f"{name}={value}" for name, value in query.items() if value is not None)
    return f"https://{host}/ut/vedtak.pdf?{joined}"


def changed(body: Json, path: str, value: Any) -> Json:
    """Return a copy with another value at a path, or without what is there."""
    copied = copy.deepcopy(body)
    *parents, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place: Any = copied
    for step in parents:
        place = place[step]
    if value is LEFT_OUT:
        del place[last]
    else:
        place[last] = value
    return copied


def as_written(at: datetime, *, minutes: float = 0) -> str:
    """Write an instant, moved by some minutes, the way senders do."""
    return (at + timedelta(minutes=minutes)).isoformat()


def webhook(**members: Any) -> Json:
    """Return a webhook at an address where nobody listens."""
    return {"url": "http://127.0.0.1:9/hook", "description": "Case system"} | members


def webhook_replay(**members: Any) -> Json:
    """Return the request to deliver everything again."""
    return {"fromSequenceNumber": 1} | members
