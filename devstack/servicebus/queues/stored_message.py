"""A message as the broker keeps it, and as it shows it to receivers."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from devstack.amqp.decode import decode_value
from devstack.amqp.encode import encoded
from devstack.amqp.message import Envelope, annotation_key, seal_envelope
from devstack.amqp.performatives import Header
from devstack.amqp.types import Int

_SCHEDULED_TIME = "x-opt-scheduled-enqueue-time"
_SEQUENCE_NUMBER = annotation_key("x-opt-sequence-number")
_ENQUEUE_SEQUENCE_NUMBER = annotation_key("x-opt-enqueue-sequence-number")
_ENQUEUED_TIME = annotation_key("x-opt-enqueued-time")
_LOCKED_UNTIL = annotation_key("x-opt-locked-until")
_STATE = annotation_key("x-opt-message-state")
_DEAD_LETTER_SOURCE = annotation_key("x-opt-deadletter-source")
# Written by the broker; values from a sender are dropped.
_BROKER_ANNOTATIONS = frozenset(
    {
        "x-opt-sequence-number",
        "x-opt-enqueue-sequence-number",
        "x-opt-enqueued-time",
        "x-opt-locked-until",
        "x-opt-message-state",
        "x-opt-deadletter-source",
        "x-opt-lock-token",
    }
)


class State(Enum):
    """Where a message is in its life; the values are those of the x-opt-message-state annotation."""

    ACTIVE = 0
    DEFERRED = 1
    SCHEDULED = 2


# Written for every delivery, so in their final form: a constructor and 64 bits.
_LONG = struct.Struct(">Bq")
_STATES = {state: encoded(Int(state.value)) for state in State}


@dataclass(frozen=True, slots=True)
class Lock:
    """The right of one receiver to settle a message. `until` is steady seconds, `shown` Unix seconds."""

    token: bytes
    until: float
    shown: float


@dataclass(slots=True)
class StoredMessage:
    """One message in one queue. Only its queue changes it.

    Instants are Unix seconds: `enqueued_at`, `expires_at` (None = never) and `scheduled_for` of the moved
    clock, `accepted_at` of real time. `time_to_live` is in seconds. `annotations` are the sender's, values
    encoded.
    """

    state: State
    sequence_number: int
    enqueue_sequence_number: int
    bare: bytes = field(repr=False)
    annotations: Mapping[str, bytes]
    message_id: object
    durable: bool | None
    priority: int | None
    time_to_live: float | None
    enqueued_at: float
    accepted_at: float
    scheduled_for: float | None
    delivery_count: int = 0
    dead_letter_source: str | None = None
    lock: Lock | None = None

    @property
    def expires_at(self) -> float | None:
        """When the message expires, None for never; its time to live starts when it is due."""
        if self.time_to_live is None or self.state is State.SCHEDULED:
            return None
        return self.enqueued_at + self.time_to_live

    def encode(self) -> bytes:
        """Encode for a receiver: the bare message verbatim, below a header and annotations of the broker."""
        header = Header(
            self.durable,
            self.priority,
            None if self.time_to_live is None else min(int(self.time_to_live * 1000), 0xFFFFFFFF),
            None,
            self.delivery_count,
        )
        annotations = [(annotation_key(name), value) for name, value in self.annotations.items()]
        annotations += [
            (_SEQUENCE_NUMBER, _LONG.pack(0x81, self.sequence_number)),
            (_ENQUEUE_SEQUENCE_NUMBER, _LONG.pack(0x81, self.enqueue_sequence_number)),
            (_ENQUEUED_TIME, _instant(self.enqueued_at)),
            (_STATE, _STATES[self.state]),
        ]
        if self.lock is not None:
            annotations.append((_LOCKED_UNTIL, _instant(self.lock.shown)))
        if self.dead_letter_source is not None:
            annotations.append((_DEAD_LETTER_SOURCE, encoded(self.dead_letter_source)))
        return seal_envelope(header, annotations, self.bare)


def accepted_message(
    envelope: Envelope,
    *,
    number: int,
    message_id: object,
    most_seconds: float | None,
    now: float,
    accepted_at: float,
) -> StoredMessage:
    """Return the message that a queue makes of what was sent to it.

    It is scheduled when its time is after `now`, a moved instant. `accepted_at` is real time; `most_seconds`
    is how long messages of the queue live at most.
    """
    due = _seconds(envelope.annotations.get(_SCHEDULED_TIME))
    is_scheduled = due is not None and due > now
    return StoredMessage(
        state=State.SCHEDULED if is_scheduled else State.ACTIVE,
        sequence_number=number,
        enqueue_sequence_number=number,
        bare=envelope.bare,
        annotations={k: v for k, v in envelope.annotations.items() if k not in _BROKER_ANNOTATIONS},
        message_id=message_id,
        durable=envelope.header.durable,
        priority=envelope.header.priority,
        time_to_live=_time_to_live(envelope.header.ttl, most_seconds),
        enqueued_at=now,
        accepted_at=accepted_at,
        scheduled_for=due if is_scheduled else None,
    )


def _time_to_live(milliseconds: int | None, most_seconds: float | None) -> float | None:
    limits = [] if most_seconds is None else [most_seconds]
    if milliseconds:
        limits.append(milliseconds / 1000)
    return min(limits, default=None)


def _seconds(timestamp: bytes | None) -> float | None:
    """Read an encoded timestamp as Unix seconds."""
    if timestamp is None:
        return None
    milliseconds, _ = decode_value(timestamp)
    return milliseconds / 1000 if isinstance(milliseconds, int) else None


def _instant(seconds: float) -> bytes:
    return _LONG.pack(0x83, int(seconds * 1000))
