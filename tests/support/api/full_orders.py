"""Orders that together hold every member that requests may have, by the name of the operation."""

from collections.abc import Iterator
from typing import Any

LATER = "2035-05-02T07:00:00Z"
_EMAIL = {
    "subject": "S",
    "body": "B",
    "senderEmailAddress": "a@example.no",
    "contentType": "Html",
    "sendingTimePolicy": "Anytime",
}
_SMS = {"body": "B", "sender": "Agency", "sendingTimePolicy": "Daytime"}
_TEXTS = {"emailSettings": _EMAIL, "smsSettings": _SMS, "resourceId": "urn:altinn:resource:r", "fields": {}}
_COMMON = {
    "sendersReference": "r",
    "requestedSendTime": LATER,
    "conditionEndpoint": "https://service.example.no/9",
}
_V1 = {**_COMMON, "ignoreReservation": True, "resourceId": "urn:altinn:resource:r"}
_NO_NUMBERS = {"organizationNumber": "", "nationalIdentityNumber": ""}
_NO_ADDRESSES = {"emailAddress": "", "mobileNumber": ""}
_BOTH = [
    {"emailAddress": "a@example.no", "mobileNumber": "+4791700001", "fields": {}, **_NO_NUMBERS},
    {**_NO_ADDRESSES, **_NO_NUMBERS, "nationalIdentityNumber": "14818710098"},
]
_EMAIL_TEMPLATE = {"fromAddress": "a@example.no", "subject": "S", "body": "B", "contentType": "Plain"}
_INSTANT_EMAIL = {name: value for name, value in _EMAIL.items() if name != "sendingTimePolicy"}
_WEBHOOK = {"url": "https://service.example.no/hook", "description": "Case system"}
_FILE = "https://account.blob.core.windows.net/a/b.pdf?sp=r&se=2036-01-01T00:00:00Z&sr=b&sig=s"


def _chain(recipient: dict[str, Any]) -> dict[str, Any]:
    """Return an order for a recipient with every member, and both kinds of reminder."""
    reminder = {**_COMMON, "recipient": recipient}
    del reminder["requestedSendTime"]
    dialog = {"dialogId": "d", "transmissionId": "t"}
    reminders = [{**reminder, "delayDays": 7}, {**reminder, "requestedSendTime": LATER}]
    order = {**_COMMON, "idempotencyId": "i", "recipient": recipient, "reminders": reminders}
    return {**order, "dialogportenAssociation": dialog}


def _chains() -> Iterator[dict[str, Any]]:
    """Yield an order for every kind of recipient, with a surplus text and with a resource's action."""
    numbers: dict[str, dict[str, Any]] = {
        "recipientPerson": {
            "nationalIdentityNumber": "14818710098",
            "ignoreReservation": True,
            "useStaleContactInformation": True,
        },
        "recipientOrganization": {"orgNumber": "310000019"},
        "recipientExternalIdentity": {"externalIdentity": "urn:altinn:party:username:selma"},
    }
    for member, number in numbers.items():
        for channel in ("Email", "Sms"):
            yield _chain({member: {**number, **_TEXTS, "channelSchema": channel}})
        yield _chain({member: {**number, **_TEXTS, "channelSchema": 4, "resourceAction": "read"}})
    yield _chain({"recipientEmail": {"emailAddress": "a@example.no", "emailSettings": _EMAIL, "fields": {}}})
    yield _chain({"recipientSms": {"phoneNumber": "+4791700001", "smsSettings": _SMS, "fields": {}}})


def _v1_orders() -> Iterator[dict[str, Any]]:
    """Yield orders of version 1 with a surplus template, and with a resource's action."""
    templates: dict[str, Any] = {
        "emailTemplate": _EMAIL_TEMPLATE,
        "smsTemplate": {"senderNumber": "1", "body": "B"},
    }
    for channel in ("Email", "Sms"):
        yield {**_V1, **templates, "notificationChannel": channel, "recipients": _BOTH}
    yield {**_V1, **templates, "notificationChannel": 2, "recipients": _BOTH, "resourceAction": "read"}


def full_orders(name: str) -> list[dict[str, Any]]:
    """Return orders that together hold every member that the request of an operation may have."""
    sms_details = {
        "phoneNumber": "+4791700001",
        "timeToLiveInSeconds": 60,
        "smsSettings": {"body": "B", "sender": "Agency"},
    }
    instant = {"idempotencyId": "i", "sendersReference": "r"}
    email_details = {"emailAddress": "a@example.no", "emailSettings": _INSTANT_EMAIL}
    files = [{"filename": "b.pdf", "mimeType": "application/pdf", "sasUrl": _FILE}]
    settings = {**_EMAIL, "attachments": files}
    composed = {"emailAddress": "a@example.no", "emailSettings": settings, "fields": {}}
    dialog = {"dialogId": "d", "transmissionId": "t"}
    email = {"subject": "S", "body": "B", "contentType": "Plain", "recipients": _BOTH}
    sms = {"body": "B", "senderNumber": "1", "recipients": _BOTH}
    orders: dict[str, list[dict[str, Any]]] = {
        "place_order": list(_chains()),
        "send_instant_sms": [{**instant, "recipientSms": sms_details}],
        "send_instant_email": [{**instant, "recipientEmail": email_details}],
        "send_instant": [{**instant, "recipient": {"recipientSms": sms_details}}],
        "place_composed_email": [
            {**_COMMON, "idempotencyId": "i", "recipient": composed, "dialogportenAssociation": dialog}
        ],
        "place_v1_order": list(_v1_orders()),
        "place_v1_email_order": [{**_V1, **email}, {**_V1, **email, "resourceAction": "read"}],
        "place_v1_sms_order": [{**_V1, **sms}, {**_V1, **sms, "resourceAction": "read"}],
        "create_webhook": [{**_WEBHOOK, "fromSequenceNumber": 1}],
        "change_webhook": [_WEBHOOK],
        "replay_webhook": [{"fromSequenceNumber": 1}],
    }
    return orders[name]
