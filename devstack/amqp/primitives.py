"""Encoders of the primitive AMQP types, by name; performatives declare their fields with them.

They run many times per message and check nothing. For a value of another type Python raises some error,
which `encode_value` turns into an AmqpError.
"""

import struct
from collections.abc import Callable
from typing import Any

from devstack.amqp.types import AmqpError, Symbol

type Encoder = Callable[[bytearray, Any], None]

_UINT = struct.Struct(">BI")
_ULONG = struct.Struct(">BQ")
_LONG = struct.Struct(">Bq")
_DOUBLE = struct.Struct(">Bd")


def null(out: bytearray, _value: Any) -> None:
    """Append null."""
    out.append(0x40)


def boolean(out: bytearray, value: Any) -> None:
    """Append a boolean."""
    out.append(0x41 if value else 0x42)


def ubyte(out: bytearray, value: Any) -> None:
    """Append an unsigned 8-bit integer."""
    out += bytes((0x50, value))


def ushort(out: bytearray, value: Any) -> None:
    """Append an unsigned 16-bit integer."""
    out += struct.pack(">BH", 0x60, value)


def uint(out: bytearray, value: Any) -> None:
    """Append an unsigned 32-bit integer, in one byte when it fits."""
    if value == 0:
        out.append(0x43)
    elif 0 < value < 256:
        out.append(0x52)
        out.append(value)
    else:
        out += _UINT.pack(0x70, value)


def ulong(out: bytearray, value: Any) -> None:
    """Append an unsigned 64-bit integer, in one byte when it fits."""
    if value == 0:
        out.append(0x44)
    elif 0 < value < 256:
        out.append(0x53)
        out.append(value)
    else:
        out += _ULONG.pack(0x80, value)


def signed_int(out: bytearray, value: Any) -> None:
    """Append a signed 32-bit integer."""
    out += struct.pack(">Bi", 0x71, value)


def long(out: bytearray, value: Any) -> None:
    """Append a signed 64-bit integer."""
    out += _LONG.pack(0x81, value)


def double(out: bytearray, value: Any) -> None:
    """Append a 64-bit float."""
    out += _DOUBLE.pack(0x82, value)


def timestamp(out: bytearray, value: Any) -> None:
    """Append an instant, milliseconds since the Unix epoch."""
    out += _LONG.pack(0x83, value)


def uuid(out: bytearray, value: Any) -> None:
    """Append a UUID."""
    out.append(0x98)
    out += value.bytes


def binary(out: bytearray, value: Any) -> None:
    """Append bytes."""
    _variable(out, 0xA0, value)


def string(out: bytearray, value: Any) -> None:
    """Append text."""
    _variable(out, 0xA1, value.encode())


def symbol(out: bytearray, value: Any) -> None:
    """Append a symbol, or an array of symbols where a field may have several."""
    match value:
        case str():
            _variable(out, 0xA3, value.encode("ascii"))
        case list():
            encoded = [Symbol(item).encode("ascii") for item in value]
            body = b"".join(struct.pack(">I", len(item)) + item for item in encoded)
            out += struct.pack(">BIIB", 0xF0, len(body) + 5, len(encoded), 0xB3) + body
        case _:
            raise AmqpError(f"expected a symbol, not {type(value).__name__}")


def _variable(out: bytearray, short_code: int, raw: bytes | bytearray) -> None:
    size = len(raw)
    if size < 256:
        out.append(short_code)
        out.append(size)
    else:
        out += _UINT.pack(short_code + 0x10, size)
    out += raw
