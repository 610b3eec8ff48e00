"""Messages as sections: what a broker may change is decoded, the bare message stays as it was sent."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devstack.amqp.decode import decode_value, map_items, skip_value
from devstack.amqp.encode import compound, encode_map, encode_value, encoded
from devstack.amqp.performatives import Header, Properties
from devstack.amqp.types import AmqpError, Symbol

_HEADER, _DELIVERY_ANNOTATIONS, _MESSAGE_ANNOTATIONS = 0x70, 0x71, 0x72
_PROPERTIES, _APPLICATION_PROPERTIES = 0x73, 0x74
_DATA, _SEQUENCE, _VALUE, _FOOTER = 0x75, 0x76, 0x77, 0x78
_NO_HEADER = Header()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message whose bare part is not decoded.

    `annotations` maps the name of each message annotation to its encoded value; delivery annotations, which
    are for the next hop only, are dropped. `bare` holds properties, application properties, body and footer
    verbatim.
    """

    header: Header
    annotations: Mapping[str, bytes]
    bare: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """A bare message decoded. `body` is bytes for data sections, else the value or the list of sequences."""

    properties: Properties
    application_properties: Mapping[str, object]
    body: object


def open_envelope(data: bytes) -> Envelope:
    """Separate the sections of an encoded message, in whatever order they come; raises AmqpError."""
    header, annotations, bare = _NO_HEADER, dict[str, bytes](), list[bytes]()
    for code, start, value_at, end in _sections(data):
        if code == _HEADER:
            value, _ = decode_value(data, start)
            header = value if isinstance(value, Header) else _NO_HEADER
        elif code == _MESSAGE_ANNOTATIONS:
            annotations = {str(key): value for key, value in map_items(data, value_at)[0]}
        elif code != _DELIVERY_ANNOTATIONS:
            bare.append(data[start:end])
    return Envelope(header, annotations, bare[0] if len(bare) == 1 else b"".join(bare))


def seal_envelope(header: Header, annotations: Iterable[tuple[bytes, bytes]], bare: bytes) -> bytes:
    """Encode a message from a header, encoded annotations (key, value) and the bare message."""
    out = bytearray()
    encode_value(out, header)
    out += b"\x00\x53\x72"
    encode_map(out, annotations)
    out += bare
    return bytes(out)


def annotation_key(name: str) -> bytes:
    """Return the encoded form of an annotation's name."""
    return encoded(Symbol(name))


def read_content(bare: bytes) -> Content:
    """Decode a bare message; raises AmqpError."""
    properties, application_properties = Properties(), dict[str, object]()
    data, sequences, value = list[bytes](), list[object](), None
    for code, start, value_at, _ in _sections(bare):
        if code == _PROPERTIES:
            decoded, _ = decode_value(bare, start)
            properties = decoded if isinstance(decoded, Properties) else properties
            continue
        decoded, _ = decode_value(bare, value_at)
        if code == _DATA and isinstance(decoded, bytes):
            data.append(decoded)
        elif code == _SEQUENCE:
            sequences.append(decoded)
        elif code == _VALUE:
            value = decoded
        elif code == _APPLICATION_PROPERTIES and isinstance(decoded, dict):
            application_properties = {str(key): item for key, item in decoded.items()}
    body = b"".join(data) if data else sequences or value
    return Content(properties, application_properties, body)


def read_message_id(bare: bytes) -> object:
    """Decode only the message id of a bare message, None when it has none; raises AmqpError."""
    for code, _, value_at, end in _sections(bare):
        if code == _PROPERTIES:
            count_at, first_at = {0xC0: (2, 3), 0xD0: (5, 9)}.get(bare[value_at], (0, 0))
            if first_at and any(bare[value_at + count_at : min(value_at + first_at, end)]):
                return decode_value(bare, value_at + first_at)[0]
            return None
    return None


def count_items(bare: bytes) -> int:
    """Return how many items the body of a bare message has: those of a JSON array, else it is one itself."""
    try:
        body = read_content(bare).body
        return len(json.loads(body)) if isinstance(body, bytes) and body.startswith(b"[") else 1
    except (AmqpError, ValueError):
        return 1


def write_message(
    body: object, *, properties: Properties, application_properties: Mapping[str, object] | None = None
) -> bytes:
    """Encode a message with a value body (or data, when `body` is bytes) and no annotations."""
    out = bytearray()
    encode_value(out, properties)
    if application_properties:
        out += bytes((0, 0x53, _APPLICATION_PROPERTIES))
        encode_value(out, dict(application_properties))
    out += bytes((0, 0x53, _DATA if isinstance(body, bytes) else _VALUE))
    encode_value(out, body)
    return bytes(out)


def add_application_properties(bare: bytes, additions: Mapping[str, str]) -> bytes:
    """Return the bare message with these application properties set; all else stays verbatim."""
    if not additions:
        return bare
    before, after, items = b"", b"", dict[bytes, bytes]()
    for code, start, value_at, end in _sections(bare):
        if code == _PROPERTIES:
            before = bare[start:end]
        elif code == _APPLICATION_PROPERTIES:
            items = {encoded(key): value for key, value in map_items(bare, value_at)[0]}
        else:
            after += bare[start:end]
    items |= {encoded(key): encoded(value) for key, value in additions.items()}
    out = bytearray(before)
    out += bytes((0, 0x53, _APPLICATION_PROPERTIES))
    compound(out, 0xC1, 2 * len(items), b"".join(key + value for key, value in items.items()))
    return bytes(out + after)


def split_batch(data: bytes) -> list[bytes]:
    """Return the encoded messages of a Service Bus batch (message format 0x80013700); raises AmqpError."""
    messages = []
    for code, _, value_at, _ in _sections(data):
        if code == _DATA:
            inner, _ = decode_value(data, value_at)
            if isinstance(inner, bytes):
                messages.append(inner)
    return messages


def _sections(data: bytes) -> Iterable[tuple[int, int, int, int]]:
    """Yield for each section its code, start, start of its value, and end."""
    at = 0
    while at < len(data):
        if data[at : at + 2] == b"\x00\x53" and at + 2 < len(data):
            code, value_at = data[at + 2], at + 3
        else:
            descriptor, value_at = decode_value(data, at + 1)
            if data[at] != 0 or not isinstance(descriptor, int):
                raise AmqpError("a message section lacks its descriptor")
            code = descriptor
        if not _HEADER <= code <= _FOOTER:
            raise AmqpError(f"unknown message section 0x{code:02x}")
        end = skip_value(data, value_at)
        yield code, at, value_at, end
        at = end
