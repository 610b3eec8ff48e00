"""Writes tables as Apache Parquet files: one row group, plain encoding, no compression.

The libraries that write Parquet weigh more than everything else that is deployed, for files of a dozen flat
columns once a day. This covers what those need of the format: strings, 32 and 64 bit integers, nulls. The
metadata is Thrift in its compact protocol; field numbers are those of parquet.thrift.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

_MAGIC = b"PAR1"
_PLAIN, _RLE = 0, 3
_REQUIRED, _OPTIONAL = 0, 1
_UTF8 = 0
_DATA_PAGE = 0
_UNCOMPRESSED = 0
_CREATED_BY = "notifications"

# types of fields in the compact protocol
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12


class ColumnType(Enum):
    """Physical type of a column; the value is its number in the format."""

    INT32 = 1
    INT64 = 2
    STRING = 6


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a value per row, None only where it is nullable."""

    name: str
    type: ColumnType
    values: Sequence[str | int | None]
    nullable: bool = False


def to_parquet(columns: Sequence[Column]) -> bytes:
    """Return the file with these columns, which have as many values each as there are rows."""
    rows = len(columns[0].values)
    if any(len(column.values) != rows for column in columns):
        raise ValueError("columns of different lengths")
    file, chunks = bytearray(_MAGIC), []
    for column in columns:
        offset, page = len(file), _page(column)
        file += page
        chunks.append(_chunk(column, offset, len(page)))
    size = len(file) - len(_MAGIC)
    row_group = _struct(
        (1, _LIST, _list(_STRUCT, chunks)),
        (2, _I64, _varint(_zigzag(size))),
        (3, _I64, _varint(_zigzag(rows))),
    )
    footer = _struct(
        (1, _I32, _varint(_zigzag(1))),
        (2, _LIST, _list(_STRUCT, [_root(len(columns)), *map(_schema, columns)])),
        (3, _I64, _varint(_zigzag(rows))),
        (4, _LIST, _list(_STRUCT, [row_group] if rows else [])),
        (6, _BINARY, _binary(_CREATED_BY.encode())),
    )
    return bytes(file + footer) + struct.pack("<I", len(footer)) + _MAGIC


def _page(column: Column) -> bytes:
    """Return the one data page of a column, header first."""
    present = [value for value in column.values if value is not None]
    body = b"".join(_plain(column.type, value) for value in present)
    if column.nullable:
        levels = _definition_levels(column.values)
        body = struct.pack("<I", len(levels)) + levels + body
    elif len(present) != len(column.values):
        raise ValueError(f"{column.name} has a value missing")
    data_header = _struct(
        (1, _I32, _varint(_zigzag(len(column.values)))),
        (2, _I32, _varint(_zigzag(_PLAIN))),
        (3, _I32, _varint(_zigzag(_RLE))),
        (4, _I32, _varint(_zigzag(_RLE))),
    )
    size = _varint(_zigzag(len(body)))
    header = _struct(
        (1, _I32, _varint(_zigzag(_DATA_PAGE))), (2, _I32, size), (3, _I32, size), (5, _STRUCT, data_header)
    )
    return header + body


def _plain(type_: ColumnType, value: str | int) -> bytes:
    match type_:
        case ColumnType.STRING:
            raw = str(value).encode("utf-8", "replace")
            return struct.pack("<I", len(raw)) + raw
        case ColumnType.INT32:
            return struct.pack("<i", value)
        case ColumnType.INT64:
            return struct.pack("<q", value)


def _definition_levels(values: Sequence[str | int | None]) -> bytes:
    """Return which values are present, as runs."""
    runs = ((present, len(list(run))) for present, run in groupby(value is not None for value in values))
    return b"".join(_varint(length << 1) + bytes([present]) for present, length in runs)


def _chunk(column: Column, offset: int, size: int) -> bytes:
    metadata = _struct(
        (1, _I32, _varint(_zigzag(column.type.value))),
        (2, _LIST, _list(_I32, [_varint(_zigzag(encoding)) for encoding in (_PLAIN, _RLE)])),
        (3, _LIST, _list(_BINARY, [_binary(column.name.encode())])),
        (4, _I32, _varint(_zigzag(_UNCOMPRESSED))),
        (5, _I64, _varint(_zigzag(len(column.values)))),
        (6, _I64, _varint(_zigzag(size))),
        (7, _I64, _varint(_zigzag(size))),
        (9, _I64, _varint(_zigzag(offset))),
    )
    return _struct((2, _I64, _varint(_zigzag(offset))), (3, _STRUCT, metadata))


def _root(columns: int) -> bytes:
    return _struct((4, _BINARY, _binary(b"schema")), (5, _I32, _varint(_zigzag(columns))))


def _schema(column: Column) -> bytes:
    fields = [
        (1, _I32, _varint(_zigzag(column.type.value))),
        (3, _I32, _varint(_zigzag(_OPTIONAL if column.nullable else _REQUIRED))),
        (4, _BINARY, _binary(column.name.encode())),
    ]
    if column.type is ColumnType.STRING:
        fields.append((6, _I32, _varint(_zigzag(_UTF8))))
    return _struct(*fields)


def _struct(*fields: tuple[int, int, bytes]) -> bytes:
    """Return a struct of (field number, type, value); numbers rise by 15 at most."""
    encoded, last = bytearray(), 0
    for number, type_, value in fields:
        encoded.append((number - last) << 4 | type_)
        encoded += value
        last = number
    return bytes(encoded) + b"\x00"


def _list(type_: int, items: Sequence[bytes]) -> bytes:
    size = len(items)
    head = bytes([size << 4 | type_]) if size < 15 else bytes([0xF0 | type_]) + _varint(size)
    return head + b"".join(items)


def _binary(value: bytes) -> bytes:
    return _varint(len(value)) + value


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
