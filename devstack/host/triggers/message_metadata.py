"""The trigger metadata that Azure's Service Bus extension sends with messages, no more and no less.

Azure leaves out LockedUntil, ScheduledEnqueueTimeUtc, TimeToLive, State, DeadLetterReason and a few others,
so code that needs them must fail here too. Its receiver and client objects are of no use to Python.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from devstack.host.payloads import TriggerMetadata, TypedValue

if TYPE_CHECKING:
    from devstack.servicebus.client.received_message import ReceivedMessage

type _Text = tuple[str, Callable[[ReceivedMessage], str | None]]

_TEXTS: tuple[_Text, ...] = (
    ("DeadLetterSource", lambda m: m.dead_letter_source),
    ("LockToken", lambda m: str(m.lock_token)),
    ("MessageId", lambda m: m.message_id),
    ("ContentType", lambda m: m.content_type),
    ("ReplyTo", lambda m: m.reply_to),
    ("To", lambda m: m.to),
    ("Subject", lambda m: m.subject),
    ("Label", lambda m: m.subject),
    ("CorrelationId", lambda m: m.correlation_id),
    ("SessionId", lambda m: m.session_id),
    ("ReplyToSessionId", lambda m: m.reply_to_session_id),
    ("PartitionKey", lambda m: m.partition_key),
)


def single_metadata(message: "ReceivedMessage") -> TriggerMetadata:
    """Return the metadata of one message; properties without a value are absent."""
    fields = {name: TypedValue("string", text) for name, read in _TEXTS if (text := read(message))}
    # .NET counts deliveries from one, the AMQP header from zero.
    fields["DeliveryCount"] = TypedValue("json", str(message.delivery_count + 1))
    fields["SequenceNumber"] = TypedValue("json", str(message.sequence_number))
    for name, instant in (("EnqueuedTime", message.enqueued_at), ("ExpiresAt", message.expires_at)):
        text = _without_zone(instant)
        fields[f"{name}Utc"] = TypedValue("json", f'"{text}"')
        fields[name] = TypedValue("json", f'"{text}+00:00"')
    properties = TypedValue("json", _json(message.application_properties))
    fields["ApplicationProperties"] = fields["UserProperties"] = properties
    return fields


def batch_metadata(messages: "Sequence[ReceivedMessage]") -> TriggerMetadata:
    """Return the metadata of a batch, one array per property.

    As in Azure, arrays of text lack the entries of messages without a value, so that later entries move up.
    """
    fields = {
        f"{name}Array": TypedValue("collection_string", [text for m in messages if (text := read(m))])
        for name, read in _TEXTS
    }
    fields["DeliveryCountArray"] = TypedValue("json", _json([m.delivery_count + 1 for m in messages]))
    fields["SequenceNumberArray"] = TypedValue("collection_sint64", [m.sequence_number for m in messages])
    for name, instants in (
        ("EnqueuedTime", [_without_zone(m.enqueued_at) for m in messages]),
        ("ExpiresAt", [_without_zone(m.expires_at) for m in messages]),
    ):
        fields[f"{name}UtcArray"] = TypedValue("json", _json(instants))
        fields[f"{name}Array"] = TypedValue("json", _json([f"{instant}+00:00" for instant in instants]))
    properties = TypedValue("json", _json([m.application_properties for m in messages]))
    fields["ApplicationPropertiesArray"] = fields["UserPropertiesArray"] = properties
    return fields


def _without_zone(instant: datetime) -> str:
    """Write a UTC instant as .NET writes a DateTime of unspecified kind: no zone, no trailing zeros."""
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat()
    return text.rstrip("0") if "." in text else text


def _json(value: object) -> str:
    return json.dumps(value, default=_property, separators=(",", ":"), ensure_ascii=False)


def _property(value: object) -> str:
    """Write the application property types that JSON lacks."""
    match value:
        case datetime():
            return f"{_without_zone(value)}+00:00"
        case UUID():
            return str(value)
        case bytes():
            return value.decode("utf-8", errors="replace")
        case _:
            return str(value)
