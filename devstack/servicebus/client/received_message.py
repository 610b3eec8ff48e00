"""A message as a receiver sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from devstack.amqp.decode import decode_value
from devstack.amqp.message import Content, open_envelope, read_content
from devstack.amqp.types import Timestamp

_NEVER = datetime.max.replace(tzinfo=UTC)
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A locked message. `delivery_count` counts earlier failed deliveries; instants are aware UTC.

    `enqueued_at` and `expires_at` follow the movable clock of the local cloud, `locked_until` real time.
    """

    body: bytes = field(repr=False)
    message_id: str | None
    correlation_id: str | None
    content_type: str | None
    subject: str | None
    to: str | None
    reply_to: str | None
    session_id: str | None
    reply_to_session_id: str | None
    partition_key: str | None
    application_properties: dict[str, object] = field(repr=False)
    delivery_count: int
    sequence_number: int
    enqueued_at: datetime
    expires_at: datetime
    locked_until: datetime
    lock_token: UUID
    dead_letter_source: str | None
    delivery_id: int


def decode_received(payload: bytes, *, delivery_tag: bytes, delivery_id: int) -> ReceivedMessage:
    """Decode a delivery; raises AmqpError."""
    envelope = open_envelope(payload)
    content = read_content(envelope.bare)
    properties = content.properties
    annotations = {name: decode_value(value)[0] for name, value in envelope.annotations.items()}
    enqueued_at = _instant(annotations.get("x-opt-enqueued-time")) or _EPOCH
    lifetime = envelope.header.ttl
    return ReceivedMessage(
        body=_body(content),
        message_id=_text(properties.message_id),
        correlation_id=_text(properties.correlation_id),
        content_type=properties.content_type,
        subject=properties.subject,
        to=properties.to,
        reply_to=properties.reply_to,
        session_id=properties.group_id,
        reply_to_session_id=properties.reply_to_group_id,
        partition_key=_text(annotations.get("x-opt-partition-key")),
        application_properties=_application_properties(content.application_properties),
        delivery_count=envelope.header.delivery_count or 0,
        sequence_number=_number(annotations.get("x-opt-sequence-number")),
        enqueued_at=enqueued_at,
        expires_at=_NEVER if lifetime is None else enqueued_at + timedelta(milliseconds=lifetime),
        locked_until=_instant(annotations.get("x-opt-locked-until")) or _EPOCH,
        lock_token=UUID(bytes_le=delivery_tag),
        dead_letter_source=_text(annotations.get("x-opt-deadletter-source")),
        delivery_id=delivery_id,
    )


def _body(content: Content) -> bytes:
    match content.body:
        case bytes() as data:
            return data
        case str() as text:
            return text.encode()
        case None:
            return b""
        case other:
            return str(other).encode()


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _instant(value: object) -> datetime | None:
    return _EPOCH + timedelta(milliseconds=value) if isinstance(value, Timestamp) else None


def _application_properties(properties: Mapping[str, object]) -> dict[str, object]:
    return {name: _instant(value) or value for name, value in properties.items()}
