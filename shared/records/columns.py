"""Rows of tables and their columns. A long value that one binary column cannot hold goes on in others.

The first byte of a long value says how many columns it has; what a longer value left in others is not read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.records import codec
from shared.runtime.errors import PermanentError

type Columns = dict[str, str | int | float | bool | bytes | datetime]


@dataclass(frozen=True, slots=True)
class Row:
    """One table row as read; integers are 64 bit, `bytes` are binary columns."""

    partition_key: str
    row_key: str
    etag: str
    columns: Columns


PART_BYTES = 60_000  # a binary column holds 64 KiB
MAX_PARTS = 12
MAX_BYTES = MAX_PARTS * PART_BYTES  # of one value; a row may have 1 MiB
MAX_TEXT_BYTES = 30_000  # in UTF-8; a text column holds 64 KiB of UTF-16, which is at most twice as long


def split(name: str, data: bytes, *, beside: int = 0) -> Columns:
    """Return the columns of a value: `name`, then `name`1 and so on.

    PermanentError: it is too large, together with the bytes that other values take `beside` it.
    """
    size = len(data) + beside
    if size > MAX_BYTES:
        raise PermanentError(
            f"the order takes {size} bytes to store, the limit is {MAX_BYTES}: shorten its texts"
        )
    first, *rest = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)] or [b""]
    columns: Columns = {name: bytes([1 + len(rest)]) + first}
    return columns | {f"{name}{number}": part for number, part in enumerate(rest, 1)}


def joined(row: Row, name: str) -> bytes:
    """Return the value that `split` put into columns of a row."""
    value = _binary(row, name)
    return value[1:] + b"".join(_binary(row, f"{name}{number}") for number in range(1, value[0]))


def emptied(name: str) -> Columns:
    """Return what leaves nothing of a longer value behind, to be written with a value of one column."""
    return {f"{name}{number}": b"" for number in range(1, MAX_PARTS)}


def columns_of(name: str) -> tuple[str, ...]:
    """Return all columns that a value may be in, to select them."""
    return (name, *emptied(name))


def text_or_split(name: str, value: object) -> Columns:
    """Return the columns of a JSON value: one text, or what `split` makes of a long one."""
    text = orjson.dumps(value)
    return {name: text.decode()} if len(text) <= MAX_TEXT_BYTES else split(name, codec.pack(value))


def value_of(row: Row, name: str) -> Any:
    """Return the JSON value that `text_or_split` put into columns of a row."""
    column = row.columns[name]
    return codec.unpack(joined(row, name)) if isinstance(column, bytes) else orjson.loads(str(column))


def encoded_size(columns: Columns) -> int:
    """Return about how many bytes columns take when sent: a third more if binary, quotes are escaped."""
    binary = sum(len(value) for value in columns.values() if isinstance(value, bytes))
    texts = [value for value in columns.values() if isinstance(value, str)]
    return binary * 4 // 3 + sum(len(text.encode()) + text.count('"') for text in texts)


def _binary(row: Row, name: str) -> bytes:
    value = row.columns[name]
    assert isinstance(value, bytes)
    return value
