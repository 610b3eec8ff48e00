"""How orders and their state are written into rows and messages: compact JSON, compressed when that pays.

Instants are ISO 8601 with `Z`; absent members mean the dataclass default. The state is small and rewritten
with every change, so its keys are short.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.ended_shipment import ClosedShipment, SmsSize
from shared.domain.orders.notification import Notification, result_of
from shared.domain.orders.order import (
    Attachment,
    Channel,
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.orders.shipment import AgendaKey, Claim, ShipmentState

type Json = dict[str, Any]

_COMPRESS_FROM_BYTES = 2048
_ZLIB_MARK = b"z"
_PLAIN_MARK = b"j"


def pack(value: object) -> bytes:
    """Return JSON as bytes with a leading mark: `j` plain, `z` zlib-compressed."""
    data = orjson.dumps(value)
    return _PLAIN_MARK + data if len(data) < _COMPRESS_FROM_BYTES else _ZLIB_MARK + zlib.compress(data, 1)


def unpack(data: bytes) -> Any:
    """Read what `pack` wrote."""
    return orjson.loads(zlib.decompress(data[1:]) if data[:1] == _ZLIB_MARK else data[1:])


def order_to_json(order: OrderRequest) -> Json:
    """Return an order as JSON members."""
    value: Json = {
        "type": order.type.value,
        "at": _instant(order.requested_send_at),
        "channel": order.channel_schema.value,
        **recipients_to_json(order.recipients),
    }
    value |= _given(order, _ORDER_FIELDS)
    if order.email is not None:
        value["email"] = _given(order.email, _EMAIL_FIELDS) | {"contentType": order.email.content_type.value}
        if order.email.attachments:
            value["email"]["attachments"] = [_given(a, _ATTACHMENT_FIELDS) for a in order.email.attachments]
    if order.sms is not None:
        value["sms"] = _given(order.sms, _SMS_FIELDS)
    if order.sending_time_policy is not None:
        value["policy"] = order.sending_time_policy.value
    return value


def order_from_json(value: Json) -> OrderRequest:
    """Read what `order_to_json` wrote."""
    email, sms, policy = value.get("email"), value.get("sms"), value.get("policy")
    return OrderRequest(
        type=OrderType(value["type"]),
        requested_send_at=datetime.fromisoformat(value["at"]),
        channel_schema=ChannelSchema(value["channel"]),
        recipients=recipients_from_json(value),
        email=None if email is None else _email_from_json(email),
        sms=None if sms is None else SmsTemplate(**_named(sms, _SMS_FIELDS)),
        sending_time_policy=None if policy is None else SendingTimePolicy(policy),
        **_named(value, _ORDER_FIELDS),
    )


def recipients_to_json(recipients: Sequence[Recipient]) -> Json:
    """Return the recipients of a page as JSON members."""
    return {"to": [_given(recipient, _RECIPIENT_FIELDS) for recipient in recipients]}


def recipients_from_json(value: Json) -> tuple[Recipient, ...]:
    """Read what `recipients_to_json` wrote."""
    return tuple(Recipient(**_named(recipient, _RECIPIENT_FIELDS)) for recipient in value["to"])


def state_to_json(state: ShipmentState) -> Json:
    """Return a shipment's state as JSON members."""
    value: Json = {
        "s": state.status.value,
        "t": _instant(state.changed_at),
        "a": [state.agenda.shard, state.agenda.row_key],
        "n": [_notification_to_json(notification) for notification in state.notifications],
    }
    if state.claims:
        value["c"] = {channel.value: _claim_to_json(claim) for channel, claim in state.claims.items()}
    for key, attribute in _STATE_INSTANTS.items():
        at = getattr(state, attribute)
        if at is not None:
            value[key] = _instant(at)
    if state.waits:
        value["w"] = {channel.value: _instant(until) for channel, until in state.waits.items()}
    if state.condition is not None:
        value["o"] = _condition_to_json(state.condition)
    if state.look_up_at is not None:
        value["l"] = [state.lookups_failed, _instant(state.look_up_at)]
    if state.names:
        value["k"] = {str(recipient): name for recipient, name in state.names.items()}
    if state.pages:
        value["p"] = [state.pages, state.pages_done]
    return value


def state_from_json(value: Json) -> ShipmentState:
    """Read what `state_to_json` wrote."""
    claims: Mapping[str, list[Any]] = value.get("c", {})
    pages, pages_done = value.get("p", (0, 0))
    lookups_failed, look_up_at = value.get("l", (0, None))
    return ShipmentState(
        status=OrderStatus(value["s"]),
        changed_at=datetime.fromisoformat(value["t"]),
        agenda=AgendaKey(*value["a"]),
        notifications=tuple(_notification_from_json(item) for item in value["n"]),
        claims={Channel(channel): _claim_from_json(claim) for channel, claim in claims.items()},
        **{attribute: _optional_instant(value, key) for key, attribute in _STATE_INSTANTS.items()},
        waits={Channel(channel): datetime.fromisoformat(at) for channel, at in value.get("w", {}).items()},
        condition=_condition_from_json(value["o"]) if "o" in value else None,
        lookups_failed=lookups_failed,
        look_up_at=None if look_up_at is None else datetime.fromisoformat(look_up_at),
        names={int(recipient): name for recipient, name in value.get("k", {}).items()},
        pages=pages,
        pages_done=pages_done,
    )


def closed_to_json(closed: ClosedShipment) -> Json:
    """Return the outcome of a shipment as JSON members."""
    value: Json = {
        "id": closed.shipment_id,
        "type": closed.type.value,
        "s": closed.status.value,
        "t": _instant(closed.closed_at),
        "n": [_notification_to_json(notification) for notification in closed.notifications],
    }
    if closed.pages:
        value["p"] = closed.pages
        value["c"] = closed.on_pages
    if closed.requested_send_at is not None:
        value["at"] = _instant(closed.requested_send_at)
    if closed.sms_template is not None:
        value["sms"] = _size_to_json(closed.sms_template)
    if closed.sms_texts:
        value["texts"] = [_size_to_json(size) for size in closed.sms_texts]
    return value | _given(closed, _CLOSED_FIELDS)


def closed_from_json(value: Json) -> ClosedShipment:
    """Read what `closed_to_json` wrote."""
    return ClosedShipment(
        shipment_id=value["id"],
        type=OrderType(value["type"]),
        status=OrderStatus(value["s"]),
        closed_at=datetime.fromisoformat(value["t"]),
        senders_reference=value.get("ref"),
        notifications=tuple(_notification_from_json(item) for item in value["n"]),
        pages=value.get("p", 0),
        on_pages=value.get("c", 0),
        requested_send_at=_optional_instant(value, "at"),
        resource_id=value.get("resource"),
        dialog_id=value.get("dialog"),
        transmission_id=value.get("transmission"),
        sms_template=SmsSize(*value["sms"]) if "sms" in value else None,
        sms_texts=tuple(SmsSize(*size) for size in value.get("texts", ())),
    )


def _size_to_json(size: SmsSize) -> list[int]:
    return [size.characters, size.parts]


def _notification_to_json(item: Notification) -> list[Any]:
    channel = "e" if item.channel is Channel.EMAIL else "s"
    fields: list[Any] = [
        item.slot,
        item.recipient,
        channel,
        item.address,
        item.result.value,
        _instant(item.at),
    ]
    return fields if item.reference is None else [*fields, item.reference]


def _notification_from_json(fields: list[Any]) -> Notification:
    slot, recipient, letter, address, result, at = fields[:6]
    channel = Channel.EMAIL if letter == "e" else Channel.SMS
    reference = fields[6] if len(fields) > 6 else None
    return Notification(
        slot, recipient, channel, address, result_of(channel, result), datetime.fromisoformat(at), reference
    )


def _claim_to_json(claim: Claim) -> list[Any]:
    until, first_sent_at = _instant(claim.until), _instant(claim.first_sent_at)
    calls = {str(slot): count for slot, count in claim.calls.items()}
    return [claim.token, claim.attempt, until, first_sent_at, calls]


def _claim_from_json(fields: list[Any]) -> Claim:
    token, attempt, until, first_sent_at, counts = fields
    calls = {int(slot): count for slot, count in counts.items()}
    return Claim(token, attempt, datetime.fromisoformat(until), datetime.fromisoformat(first_sent_at), calls)


def _condition_to_json(record: ConditionRecord) -> list[Any]:
    fields: list[Any] = [record.outcome.value, record.reason, record.attempts, _instant(record.asked_at)]
    return fields if record.again_at is None else [*fields, _instant(record.again_at)]


def _condition_from_json(fields: list[Any]) -> ConditionRecord:
    outcome, reason, attempts, *instants = fields
    return ConditionRecord(
        ConditionOutcome(outcome), reason, attempts, *map(datetime.fromisoformat, instants)
    )


def _email_from_json(value: Json) -> EmailTemplate:
    return EmailTemplate(
        **_named(value, _EMAIL_FIELDS),
        content_type=EmailContentType(value["contentType"]),
        attachments=tuple(Attachment(**_named(a, _ATTACHMENT_FIELDS)) for a in value.get("attachments", ())),
    )


# wire member → attribute, for members left out when they are None
_RECIPIENT_FIELDS = {
    "email": "email_address",
    "mobile": "mobile_number",
    "org": "organization_number",
    "nin": "national_identity_number",
    "urn": "external_identity",
}
_ORDER_FIELDS = {
    "ref": "senders_reference",
    "condition": "condition_endpoint",
    "ignoreReservation": "ignore_reservation",
    "stale": "use_stale_contact_information",
    "resource": "resource_id",
    "action": "resource_action",
    "ttl": "time_to_live_seconds",
    "dialog": "dialog_id",
    "transmission": "transmission_id",
}
_CLOSED_FIELDS = {
    "ref": "senders_reference",
    "resource": "resource_id",
    "dialog": "dialog_id",
    "transmission": "transmission_id",
}
_STATE_INSTANTS = {
    "h": "held_until",
    "f": "forwarded_at",
}
_EMAIL_FIELDS = {"from": "from_address", "subject": "subject", "body": "body"}
_SMS_FIELDS = {"from": "sender", "body": "body"}
_ATTACHMENT_FIELDS = {"name": "filename", "mimeType": "mime_type", "url": "sas_url"}


def _given(source: object, fields: Mapping[str, str]) -> Json:
    values = ((member, getattr(source, attribute)) for member, attribute in fields.items())
    return {member: value for member, value in values if value is not None}


def _named(value: Json, fields: Mapping[str, str]) -> Json:
    return {attribute: value[member] for member, attribute in fields.items() if member in value}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _optional_instant(value: Json, key: str) -> datetime | None:
    return datetime.fromisoformat(value[key]) if key in value else None
