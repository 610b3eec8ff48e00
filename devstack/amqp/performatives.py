"""The composite types of AMQP 1.0 that a Service Bus peer meets, declared with the encoding of each field.

Named tuples, because a frame is decoded and encoded for every message and they are the cheapest immutable
records. A field that was left out or sent as null is None, whatever its default in the specification.
"""

from typing import Any, NamedTuple

from devstack.amqp.composite import composite
from devstack.amqp.encode import encode_value
from devstack.amqp.primitives import binary, boolean, string, symbol, timestamp, ubyte, uint, ulong, ushort


@composite(0x10, string, string, uint, ushort, uint, symbol, symbol, symbol, symbol, encode_value)
class Open(NamedTuple):
    """Negotiates a connection; idle_time_out in milliseconds."""

    container_id: str
    hostname: str | None = None
    max_frame_size: int | None = None
    channel_max: int | None = None
    idle_time_out: int | None = None
    outgoing_locales: object = None
    incoming_locales: object = None
    offered_capabilities: object = None
    desired_capabilities: object = None
    properties: dict[object, object] | None = None


@composite(0x11, ushort, uint, uint, uint, uint, symbol, symbol, encode_value)
class Begin(NamedTuple):
    """Begins a session on a channel."""

    remote_channel: int | None
    next_outgoing_id: int
    incoming_window: int
    outgoing_window: int
    handle_max: int | None = None
    offered_capabilities: object = None
    desired_capabilities: object = None
    properties: dict[object, object] | None = None


@composite(
    0x12,
    string,
    uint,
    boolean,
    ubyte,
    ubyte,
    encode_value,
    encode_value,
    encode_value,
    boolean,
    uint,
    ulong,
    symbol,
    symbol,
    encode_value,
)
class Attach(NamedTuple):
    """Attaches a link; role is True for a receiver, source and target are None when the link is refused."""

    name: str
    handle: int
    role: bool
    snd_settle_mode: int | None = None
    rcv_settle_mode: int | None = None
    source: Any = None
    target: Any = None
    unsettled: object = None
    incomplete_unsettled: bool | None = None
    initial_delivery_count: int | None = None
    max_message_size: int | None = None
    offered_capabilities: object = None
    desired_capabilities: object = None
    properties: dict[object, object] | None = None


@composite(0x13, uint, uint, uint, uint, uint, uint, uint, uint, boolean, boolean, encode_value)
class Flow(NamedTuple):
    """Updates the windows of a session and, with a handle, the credit of a link."""

    next_incoming_id: int | None
    incoming_window: int
    next_outgoing_id: int
    outgoing_window: int
    handle: int | None = None
    delivery_count: int | None = None
    link_credit: int | None = None
    available: int | None = None
    drain: bool | None = None
    echo: bool | None = None
    properties: dict[object, object] | None = None


@composite(0x14, uint, uint, binary, uint, boolean, boolean, ubyte, encode_value, boolean, boolean, boolean)
class Transfer(NamedTuple):
    """Carries (a part of) a message, which follows it in the frame."""

    handle: int
    delivery_id: int | None = None
    delivery_tag: bytes | None = None
    message_format: int | None = None
    settled: bool | None = None
    more: bool | None = None
    rcv_settle_mode: int | None = None
    state: object = None
    resume: bool | None = None
    aborted: bool | None = None
    batchable: bool | None = None


@composite(0x15, boolean, uint, uint, boolean, encode_value, boolean)
class Disposition(NamedTuple):
    """The outcome of the deliveries first..last; role is True when their receiver sends it."""

    role: bool
    first: int
    last: int | None = None
    settled: bool | None = None
    state: object = None
    batchable: bool | None = None


@composite(0x16, uint, boolean, encode_value)
class Detach(NamedTuple):
    """Detaches a link, for good when closed."""

    handle: int
    closed: bool | None = None
    error: Any = None


@composite(0x17, encode_value)
class End(NamedTuple):
    """Ends a session."""

    error: Any = None


@composite(0x18, encode_value)
class Close(NamedTuple):
    """Closes a connection."""

    error: Any = None


@composite(0x1D, symbol, string, encode_value)
class Error(NamedTuple):
    """Why something was refused or closed."""

    condition: str
    description: str | None = None
    info: dict[object, object] | None = None


@composite(0x24)
class Accepted(NamedTuple):
    """The message was taken."""


@composite(0x25, encode_value)
class Rejected(NamedTuple):
    """The message was refused, or with Service Bus, shall be dead-lettered."""

    error: Any = None


@composite(0x26)
class Released(NamedTuple):
    """The message was not and will not be handled here."""


@composite(0x27, boolean, boolean, encode_value)
class Modified(NamedTuple):
    """The message was not handled; undeliverable_here means deferred with Service Bus."""

    delivery_failed: bool | None = None
    undeliverable_here: bool | None = None
    message_annotations: dict[object, object] | None = None


@composite(
    0x28,
    string,
    uint,
    symbol,
    uint,
    boolean,
    encode_value,
    symbol,
    encode_value,
    encode_value,
    symbol,
    symbol,
)
class Source(NamedTuple):
    """Where messages of a link come from."""

    address: str | None = None
    durable: int | None = None
    expiry_policy: str | None = None
    timeout: int | None = None
    dynamic: bool | None = None
    dynamic_node_properties: object = None
    distribution_mode: str | None = None
    filter: dict[object, object] | None = None
    default_outcome: object = None
    outcomes: object = None
    capabilities: object = None


@composite(0x29, string, uint, symbol, uint, boolean, encode_value, symbol)
class Target(NamedTuple):
    """Where messages of a link go to."""

    address: str | None = None
    durable: int | None = None
    expiry_policy: str | None = None
    timeout: int | None = None
    dynamic: bool | None = None
    dynamic_node_properties: object = None
    capabilities: object = None


@composite(0x40, symbol)
class SaslMechanisms(NamedTuple):
    """The mechanisms a server offers."""

    mechanisms: list[str] | str


@composite(0x41, symbol, binary, string)
class SaslInit(NamedTuple):
    """The mechanism a client chose."""

    mechanism: str
    initial_response: bytes | None = None
    hostname: str | None = None


@composite(0x44, ubyte, binary)
class SaslOutcome(NamedTuple):
    """The end of authentication; code 0 is success."""

    code: int
    additional_data: bytes | None = None


@composite(0x70, boolean, ubyte, uint, boolean, uint)
class Header(NamedTuple):
    """Delivery details of a message; ttl in milliseconds, delivery_count counts earlier failed deliveries."""

    durable: bool | None = None
    priority: int | None = None
    ttl: int | None = None
    first_acquirer: bool | None = None
    delivery_count: int | None = None


@composite(
    0x73,
    encode_value,
    binary,
    string,
    string,
    string,
    encode_value,
    symbol,
    symbol,
    timestamp,
    timestamp,
    string,
    uint,
    string,
)
class Properties(NamedTuple):
    """Immutable properties of a message; the ids are text, UUID, unsigned integer or bytes."""

    message_id: Any = None
    user_id: bytes | None = None
    to: str | None = None
    subject: str | None = None
    reply_to: str | None = None
    correlation_id: Any = None
    content_type: str | None = None
    content_encoding: str | None = None
    absolute_expiry_time: int | None = None
    creation_time: int | None = None
    group_id: str | None = None
    group_sequence: int | None = None
    reply_to_group_id: str | None = None
