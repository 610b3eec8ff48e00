"""Writes tables as Apache Parquet files, a row group at a time: plain encoding, pages compressed with gzip.

The libraries that write Parquet weigh more than everything else that is deployed, for files of a dozen flat
columns once a day. This covers what those need of the format: strings, 32 and 64 bit integers, nulls. The
metadata is Thrift in its compact protocol; field numbers are those of parquet.thrift.
"""

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

_MAGIC = b"PAR1"
_PLAIN, _RLE = 0, 3
_REQUIRED, _OPTIONAL = 0, 1
_UTF8 = 0
_DATA_PAGE = 0
_GZIP = 2
_GZIP_LEVEL, _GZIP_HEADER = 1, 31
_CREATED_BY = "notifications"

# types of fields in the compact protocol
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12

type Values = Sequence[str | int | None]


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
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """The one data page of a column in a row group; sizes in bytes, with the header."""

    data: bytes
    plain_size: int


class ParquetWriter:
    """A file that grows by row groups. It is in memory once; rows that were written need not be kept."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._file = io.BytesIO()
        self._file.write(_MAGIC)
        self._groups: list[bytes] = []
        self.rows = 0

    def write(self, values: Sequence[Values]) -> None:
        """Append rows as one row group, given as the values of each column."""
        rows = len(values[0])
        if any(len(column) != rows for column in values):
            raise ValueError("columns of different lengths")
        chunks, size = [], 0
        for column, of_column in zip(self._columns, values, strict=True):
            page = _page(column, of_column)
            chunks.append(_chunk(column, rows, self._file.tell(), page))
            self._file.write(page.data)
            size += page.plain_size
        self._groups.append(
            _struct(
                (1, _LIST, _list(_STRUCT, chunks)),
                (2, _I64, _varint(_zigzag(size))),
                (3, _I64, _varint(_zigzag(rows))),
            )
        )
        self.rows += rows

    def finish(self) -> bytes:
        """Return the file; nothing can be written afterwards."""
        schema = [_root(len(self._columns)), *map(_schema, self._columns)]
        footer = _struct(
            (1, _I32, _varint(_zigzag(1))),
            (2, _LIST, _list(_STRUCT, schema)),
            (3, _I64, _varint(_zigzag(self.rows))),
            (4, _LIST, _list(_STRUCT, self._groups)),
            (6, _BINARY, _binary(_CREATED_BY.encode())),
        )
        self._file.write(footer + struct.pack("<I", len(footer)) + _MAGIC)
        content = self._file.getvalue()  # the buffer itself, not a copy of it
        self._file.close()
        return content


def _page(column: Column, values: Values) -> _Page:
    """Return the one data page of a column, header first."""
    present = [value for value in values if value is not None]
    body = b"".join(_plain(column.type, value) for value in present)
    if column.nullable:
        levels = _definition_levels(values)
        body = struct.pack("<I", len(levels)) + levels + body
    elif len(present) != len(values):
        raise ValueError(f"{column.name} has a value missing")
    data_header = _struct(
        (1, _I32, _varint(_zigzag(len(values)))),
        (2, _I32, _varint(_zigzag(_PLAIN))),
        (3, _I32, _varint(_zigzag(_RLE))),
        (4, _I32, _varint(_zigzag(_RLE))),
    )
    packed = zlib.compress(body, _GZIP_LEVEL, _GZIP_HEADER)
    header = _struct(
        (1, _I32, _varint(_zigzag(_DATA_PAGE))),
        (2, _I32, _varint(_zigzag(len(body)))),
        (3, _I32, _varint(_zigzag(len(packed)))),
        (5, _STRUCT, data_header),
    )
    return _Page(header + packed, len(header) + len(body))


def _plain(type_: ColumnType, value: str | int) -> bytes:
    match type_:
        case ColumnType.STRING:
            raw = str(value).encode("utf-8", "replace")
            return struct.pack("<I", len(raw)) + raw
        case ColumnType.INT32:
            return struct.pack("<i", value)
        case ColumnType.INT64:
            return struct.pack("<q", value)


def _definition_levels(values: Values) -> bytes:
    """Return which values are present, as runs."""
    runs = ((present, len(list(run))) for present, run in groupby(value is not None for value in values))
    return b"".join(_varint(length << 1) + bytes([present]) for present, length in runs)


def _chunk(column: Column, rows: int, offset: int, page: _Page) -> bytes:
    metadata = _struct(
        (1, _I32, _varint(_zigzag(column.type.value))),
        (2, _LIST, _list(_I32, [_varint(_zigzag(encoding)) for encoding in (_PLAIN, _RLE)])),
        (3, _LIST, _list(_BINARY, [_binary(column.name.encode())])),
        (4, _I32, _varint(_zigzag(_GZIP))),
        (5, _I64, _varint(_zigzag(rows))),
        (6, _I64, _varint(_zigzag(page.plain_size))),
        (7, _I64, _varint(_zigzag(len(page.data)))),
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
    """Return a struct of (field number, type, value); each number is at most 15 above the one before."""
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
