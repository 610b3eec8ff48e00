"""Decoding of AMQP 1.0 values from bytes, table-driven by the one-byte constructor of each value."""

import struct
from collections.abc import Callable
from uuid import UUID

from devstack.amqp.composite import composite_for
from devstack.amqp.types import AmqpError, Described, Symbol, Timestamp

type _Decoder = Callable[[bytes, int], tuple[object, int]]


def decode_value(data: bytes, at: int = 0) -> tuple[object, int]:
    """Return the value whose constructor is at `at`, and the position after it; raises AmqpError."""
    try:
        return _value(data, at)
    except (IndexError, struct.error, UnicodeDecodeError, TypeError, RecursionError, ValueError) as error:
        raise AmqpError(f"malformed AMQP value: {error}") from error


def skip_value(data: bytes, at: int) -> int:
    """Return the position after the value at `at` without decoding it; raises AmqpError."""
    try:
        end = _end(data, at)
    except (IndexError, struct.error, RecursionError) as error:
        raise AmqpError(f"malformed AMQP value: {error}") from error
    if end > len(data):
        raise AmqpError("truncated AMQP value")
    return end


def map_items(data: bytes, at: int) -> tuple[list[tuple[object, bytes]], int]:
    """Return the entries of the map at `at`, keys decoded and values encoded, and the position after it.

    With encoded values a broker can pass on unchanged what it does not understand.
    """
    end = skip_value(data, at)
    match data[at]:
        case 0x40:
            return [], end
        case 0xC1:
            count, position = data[at + 2], at + 3
        case 0xD1:
            count, position = _UINT.unpack_from(data, at + 5)[0], at + 9
        case code:
            raise AmqpError(f"expected a map, found constructor 0x{code:02x}")
    items = []
    for _ in range(count // 2):
        key, value_at = decode_value(data, position)
        position = skip_value(data, value_at)
        items.append((key, data[value_at:position]))
    return items, end


_UINT = struct.Struct(">I")
# Bytes after the constructor by its high nibble: a fixed width, or (size of the length field) when variable.
_FIXED_WIDTHS = {0x4: 0, 0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8, 0x9: 16}


def _value(data: bytes, at: int) -> tuple[object, int]:
    return _DECODERS[data[at]](data, at + 1)


def _end(data: bytes, at: int) -> int:
    code = data[at]
    if code == 0:
        return _end(data, _end(data, at + 1))
    family = code >> 4
    if family in _FIXED_WIDTHS:
        return at + 1 + _FIXED_WIDTHS[family]
    if family in {0xA, 0xC, 0xE}:
        return at + 2 + data[at + 1]
    if family in {0xB, 0xD, 0xF}:
        return at + 5 + int(_UINT.unpack_from(data, at + 1)[0])
    raise AmqpError(f"unknown AMQP constructor 0x{code:02x}")


def _constant(value: object) -> _Decoder:
    return lambda _data, at: (value, at)


def _fixed(layout: str, convert: Callable[[int], object] | None = None) -> _Decoder:
    form = struct.Struct(layout)
    unpack, size = form.unpack_from, form.size
    if convert is None:
        return lambda data, at: (unpack(data, at)[0], at + size)
    return lambda data, at: (convert(unpack(data, at)[0]), at + size)


def _slice(data: bytes, start: int, length: int) -> bytes:
    end = start + length
    if end > len(data):
        raise IndexError("truncated")
    return data[start:end]


def _variable(*, wide: bool, convert: Callable[[bytes], object]) -> _Decoder:
    if wide:

        def decode_wide(data: bytes, at: int) -> tuple[object, int]:
            (length,) = _UINT.unpack_from(data, at)
            return convert(_slice(data, at + 4, length)), at + 4 + length

        return decode_wide

    def decode_short(data: bytes, at: int) -> tuple[object, int]:
        length = data[at]
        return convert(_slice(data, at + 1, length)), at + 1 + length

    return decode_short


def _opaque(width: int) -> _Decoder:
    return lambda data, at: (_slice(data, at, width), at + width)


def _uuid(data: bytes, at: int) -> tuple[object, int]:
    return UUID(bytes=data[at : at + 16]), at + 16


def _text(raw: bytes) -> str:
    return raw.decode()


def _symbol(raw: bytes) -> Symbol:
    return Symbol(raw.decode("ascii"))


def _sequence(data: bytes, at: int, count: int) -> tuple[list[object], int]:
    values = []
    for _ in range(count):
        value, at = _DECODERS[data[at]](data, at + 1)
        values.append(value)
    return values, at


def _pairs(data: bytes, at: int, count: int) -> tuple[dict[object, object], int]:
    flat, at = _sequence(data, at, count)
    return dict(zip(flat[::2], flat[1::2], strict=True)), at


def _list8(data: bytes, at: int) -> tuple[object, int]:
    return _sequence(data, at + 2, data[at + 1])


def _list32(data: bytes, at: int) -> tuple[object, int]:
    return _sequence(data, at + 8, _UINT.unpack_from(data, at + 4)[0])


def _map8(data: bytes, at: int) -> tuple[object, int]:
    return _pairs(data, at + 2, data[at + 1])


def _map32(data: bytes, at: int) -> tuple[object, int]:
    return _pairs(data, at + 8, _UINT.unpack_from(data, at + 4)[0])


def _array(data: bytes, at: int, count: int, end: int) -> tuple[object, int]:
    descriptor = None
    code_at = at
    if data[at] == 0:
        descriptor, code_at = _value(data, at + 1)
    decode = _DECODERS[data[code_at]]
    position = code_at + 1
    values = []
    for _ in range(count):
        value, position = decode(data, position)
        values.append(value if descriptor is None else Described(descriptor, value))
    return values, end


def _array8(data: bytes, at: int) -> tuple[object, int]:
    return _array(data, at + 2, data[at + 1], at + 1 + data[at])


def _array32(data: bytes, at: int) -> tuple[object, int]:
    size, count = struct.unpack_from(">II", data, at)
    return _array(data, at + 8, count, at + 4 + size)


def _described(data: bytes, at: int) -> tuple[object, int]:
    descriptor, at = _value(data, at)
    value, at = _value(data, at)
    composite = composite_for(descriptor)
    if composite is not None and isinstance(value, list):
        return composite(*value), at
    return Described(descriptor, value), at


def _unknown(_data: bytes, _at: int) -> tuple[object, int]:
    raise IndexError("unknown constructor")


_DECODERS: list[_Decoder] = [_unknown] * 256
_DECODERS[0x00] = _described
_DECODERS[0x40] = _constant(None)
_DECODERS[0x41] = _constant(value=True)
_DECODERS[0x42] = _constant(value=False)
_DECODERS[0x43] = _DECODERS[0x44] = _constant(0)
_DECODERS[0x45] = lambda _data, at: ([], at)
_DECODERS[0x50] = _DECODERS[0x52] = _DECODERS[0x53] = _fixed(">B")
_DECODERS[0x51] = _DECODERS[0x54] = _DECODERS[0x55] = _fixed(">b")
_DECODERS[0x56] = _fixed(">B", bool)
_DECODERS[0x60] = _fixed(">H")
_DECODERS[0x61] = _fixed(">h")
_DECODERS[0x70] = _fixed(">I")
_DECODERS[0x71] = _fixed(">i")
_DECODERS[0x72] = _fixed(">f")
_DECODERS[0x73] = _fixed(">I", chr)
_DECODERS[0x74] = _opaque(4)
_DECODERS[0x80] = _fixed(">Q")
_DECODERS[0x81] = _fixed(">q")
_DECODERS[0x82] = _fixed(">d")
_DECODERS[0x83] = _fixed(">q", Timestamp)
_DECODERS[0x84] = _opaque(8)
_DECODERS[0x94] = _opaque(16)
_DECODERS[0x98] = _uuid
_DECODERS[0xA0] = _variable(wide=False, convert=bytes)
_DECODERS[0xA1] = _variable(wide=False, convert=_text)
_DECODERS[0xA3] = _variable(wide=False, convert=_symbol)
_DECODERS[0xB0] = _variable(wide=True, convert=bytes)
_DECODERS[0xB1] = _variable(wide=True, convert=_text)
_DECODERS[0xB3] = _variable(wide=True, convert=_symbol)
_DECODERS[0xC0] = _list8
_DECODERS[0xC1] = _map8
_DECODERS[0xD0] = _list32
_DECODERS[0xD1] = _map32
_DECODERS[0xE0] = _array8
_DECODERS[0xF0] = _array32
