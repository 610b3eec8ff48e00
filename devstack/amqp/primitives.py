"""Encoders of the primitive AMQP types, by name; performatives declare their fields with them."""

import struct
from collections.abc import Callable
from uuid import UUID

from devstack.amqp.types import AmqpError, Symbol

type Encoder = Callable[[bytearray, object], None]

_UINT = struct.Struct(">BI")
_ULONG = struct.Struct(">BQ")
_LONG = struct.Struct(">Bq")
_DOUBLE = struct.Struct(">Bd")


def null(out: bytearray, _value: object) -> None:
    """Append null."""
    out.append(0x40)


def boolean(out: bytearray, value: object) -> None:
    """Append a boolean."""
    out.append(0x41 if value else 0x42)


def ubyte(out: bytearray, value: object) -> None:
    """Append an unsigned 8-bit integer."""
    out += bytes((0x50, _integer(value)))


def ushort(out: bytearray, value: object) -> None:
    """Append an unsigned 16-bit integer."""
    out += struct.pack(">BH", 0x60, _integer(value))


def uint(out: bytearray, value: object) -> None:
    """Append an unsigned 32-bit integer, in one byte when it fits."""
    number = _integer(value)
    if number == 0:
        out.append(0x43)
    elif 0 < number < 256:
        out.append(0x52)
        out.append(number)
    else:
        out += _UINT.pack(0x70, number)


def ulong(out: bytearray, value: object) -> None:
    """Append an unsigned 64-bit integer, in one byte when it fits."""
    number = _integer(value)
    if number == 0:
        out.append(0x44)
    elif 0 < number < 256:
        out.append(0x53)
        out.append(number)
    else:
        out += _ULONG.pack(0x80, number)


def signed_int(out: bytearray, value: object) -> None:
    """Append a signed 32-bit integer."""
    out += struct.pack(">Bi", 0x71, _integer(value))


def long(out: bytearray, value: object) -> None:
    """Append a signed 64-bit integer."""
    out += _LONG.pack(0x81, _integer(value))


def double(out: bytearray, value: object) -> None:
    """Append a 64-bit float."""
    if not isinstance(value, float):
        raise AmqpError(f"expected a float, not {type(value).__name__}")
    out += _DOUBLE.pack(0x82, value)


def timestamp(out: bytearray, value: object) -> None:
    """Append an instant, milliseconds since the Unix epoch."""
    out += _LONG.pack(0x83, _integer(value))


def uuid(out: bytearray, value: object) -> None:
    """Append a UUID."""
    if not isinstance(value, UUID):
        raise AmqpError(f"expected a UUID, not {type(value).__name__}")
    out.append(0x98)
    out += value.bytes


def binary(out: bytearray, value: object) -> None:
    """Append bytes."""
    if not isinstance(value, bytes | bytearray):
        raise AmqpError(f"expected bytes, not {type(value).__name__}")
    _variable(out, 0xA0, value)


def string(out: bytearray, value: object) -> None:
    """Append text."""
    if not isinstance(value, str):
        raise AmqpError(f"expected text, not {type(value).__name__}")
    _variable(out, 0xA1, value.encode())


def symbol(out: bytearray, value: object) -> None:
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


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise AmqpError(f"expected an integer, not {type(value).__name__}")
    return value
