"""Encoding of Python values as AMQP 1.0, by their type."""

import struct
from collections.abc import Iterable
from uuid import UUID

from devstack.amqp import primitives
from devstack.amqp.primitives import Encoder
from devstack.amqp.types import (
    AmqpError,
    Array,
    Described,
    Int,
    Symbol,
    Timestamp,
    UByte,
    UInt,
    ULong,
    UShort,
)


def encode_value(out: bytearray, value: object) -> None:
    """Append `value`; raises AmqpError for a type or size that AMQP cannot carry."""
    try:
        _ENCODERS[type(value)](out, value)
    except KeyError:
        raise AmqpError(f"{type(value).__name__} has no AMQP encoding") from None
    except (struct.error, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise AmqpError(f"{type(value).__name__} cannot be encoded: {error}") from error


def encoded(value: object) -> bytes:
    """Return the encoding of one value."""
    out = bytearray()
    encode_value(out, value)
    return bytes(out)


def register(kind: type, encoder: Encoder) -> None:
    """Add a class of composite values to `encode_value`."""
    _ENCODERS[kind] = encoder


def encode_map(out: bytearray, items: Iterable[tuple[bytes, bytes]]) -> None:
    """Append a map of already encoded keys and values."""
    parts = [part for item in items for part in item]
    compound(out, 0xC1, len(parts), b"".join(parts))


def compound(out: bytearray, short_code: int, count: int, body: bytes | bytearray) -> None:
    """Append a list or map of `count` encoded values, in the short form when it fits."""
    size = len(body)
    if size < 255 and count < 256:
        out.append(short_code)
        out.append(size + 1)
        out.append(count)
    else:
        out += struct.pack(">BII", short_code + 0x10, size + 4, count)
    out += body


def _list(out: bytearray, value: object) -> None:
    assert isinstance(value, list | tuple)
    if not value:
        out.append(0x45)
        return
    body = bytearray()
    for item in value:
        encode_value(body, item)
    compound(out, 0xC0, len(value), body)


def _map(out: bytearray, value: object) -> None:
    assert isinstance(value, dict)
    body = bytearray()
    for key, item in value.items():
        encode_value(body, key)
        encode_value(body, item)
    compound(out, 0xC1, 2 * len(value), body)


# The constructor of all values of an array: the widest of each type, so that every value fits.
_ARRAY_ITEMS: dict[type, tuple[int, str]] = {
    bool: (0x56, ">?"),
    int: (0x81, ">q"),
    float: (0x82, ">d"),
    Timestamp: (0x83, ">q"),
    UByte: (0x50, ">B"),
    UShort: (0x60, ">H"),
    UInt: (0x70, ">I"),
    ULong: (0x80, ">Q"),
    Int: (0x71, ">i"),
}


def _array(out: bytearray, value: object) -> None:
    assert isinstance(value, Array)
    kinds = {type(item) for item in value}
    if len(kinds) > 1:
        raise AmqpError("an array holds values of one type")
    kind = kinds.pop() if kinds else int
    if kind in _ARRAY_ITEMS:
        code, layout = _ARRAY_ITEMS[kind]
        body = b"".join(struct.pack(layout, item) for item in value)
    elif kind is UUID:
        code, body = 0x98, b"".join(item.bytes for item in value)
    elif kind in {str, Symbol}:
        code = 0xB3 if kind is Symbol else 0xB1
        body = b"".join(struct.pack(">I", len(raw)) + raw for raw in (item.encode() for item in value))
    else:
        raise AmqpError(f"an array of {kind.__name__} has no AMQP encoding")
    out += struct.pack(">BIIB", 0xF0, len(body) + 5, len(value), code)
    out += body


def _described(out: bytearray, value: object) -> None:
    assert isinstance(value, Described)
    out.append(0)
    encode_value(out, value.descriptor)
    encode_value(out, value.value)


_ENCODERS: dict[type, Encoder] = {
    type(None): primitives.null,
    bool: primitives.boolean,
    int: primitives.long,
    float: primitives.double,
    str: primitives.string,
    bytes: primitives.binary,
    bytearray: primitives.binary,
    UUID: primitives.uuid,
    Symbol: primitives.symbol,
    Timestamp: primitives.timestamp,
    UByte: primitives.ubyte,
    UShort: primitives.ushort,
    UInt: primitives.uint,
    ULong: primitives.ulong,
    Int: primitives.signed_int,
    list: _list,
    tuple: _list,
    dict: _map,
    Array: _array,
    Described: _described,
}
