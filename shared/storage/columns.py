"""Packed values in binary columns: what one column cannot hold goes on in others.

The first column says how many there are, so those left over from a longer value are not read.
"""

from shared.errors import PermanentError
from shared.ports import Properties, Row

PART_BYTES = 60_000  # a binary column holds 64 KiB
MAX_PARTS = 12
_SPLIT_MARK = b"s"  # no packed value begins with it


def split(name: str, data: bytes) -> Properties:
    """Return the columns of a packed value: `name`, then `name`1 and so on. PermanentError: too large."""
    if len(data) <= PART_BYTES:
        return {name: data}
    if len(data) > MAX_PARTS * PART_BYTES:
        raise PermanentError(f"{name} takes {len(data)} bytes, more than a row holds")
    parts = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]
    first = _SPLIT_MARK + bytes([len(parts)]) + parts[0]
    return {name: first, **{f"{name}{number}": part for number, part in enumerate(parts[1:], 1)}}


def emptied(name: str) -> Properties:
    """Return what leaves nothing of a longer value behind, to be written with a value of one column."""
    return {f"{name}{number}": b"" for number in range(1, MAX_PARTS)}


def joined(row: Row, name: str) -> bytes:
    """Return the packed value that `split` put into columns of a row."""
    first = _binary(row, name)
    if first[:1] != _SPLIT_MARK:
        return first
    return first[2:] + b"".join(_binary(row, f"{name}{number}") for number in range(1, first[1]))


def _binary(row: Row, name: str) -> bytes:
    value = row.properties[name]
    assert isinstance(value, bytes)
    return value
