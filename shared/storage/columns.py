"""Long values in binary columns: what one column cannot hold goes on in others.

The first byte says how many there are, so those left over from a longer value are not read.
"""

from shared.errors import PermanentError
from shared.ports import Properties, Row

PART_BYTES = 60_000  # a binary column holds 64 KiB
MAX_PARTS = 12
MAX_BYTES = MAX_PARTS * PART_BYTES  # of one value; a row may have 1 MiB


def split(name: str, data: bytes) -> Properties:
    """Return the columns of a value: `name`, then `name`1 and so on. PermanentError: too large."""
    if len(data) > MAX_BYTES:
        raise PermanentError(f"{name} takes {len(data)} bytes, more than a row holds")
    first, *rest = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)] or [b""]
    columns: Properties = {name: bytes([1 + len(rest)]) + first}
    return columns | {f"{name}{number}": part for number, part in enumerate(rest, 1)}


def emptied(name: str) -> Properties:
    """Return what leaves nothing of a longer value behind, to be written with a value of one column."""
    return {f"{name}{number}": b"" for number in range(1, MAX_PARTS)}


def joined(row: Row, name: str) -> bytes:
    """Return the value that `split` put into columns of a row."""
    count, first = _binary(row, name)[0], _binary(row, name)[1:]
    return first + b"".join(_binary(row, f"{name}{number}") for number in range(1, count))


def _binary(row: Row, name: str) -> bytes:
    value = row.properties[name]
    assert isinstance(value, bytes)
    return value
