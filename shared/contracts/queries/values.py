"""Values of routes, query strings and forms.

Names are matched without regard to case, as in the reference API: readers get the values by lower-case name.
All problems of a request are reported together, each under the name of its parameter.
"""

import re
from urllib.parse import parse_qsl
from uuid import UUID

from shared.contracts.reading.members import INT32
from shared.runtime.errors import RequestInvalidError

_INTEGER = re.compile(r"[+-]?0*[0-9]{1,19}")
_HYPHENATED = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UUID = re.compile(rf"\{{{_HYPHENATED}\}}|\({_HYPHENATED}\)|{_HYPHENATED}|[0-9a-f]{{32}}", re.IGNORECASE)
_UUID_IN_PARTS = re.compile(
    r"\{0x([0-9a-f]{1,8})"
    + r",0x([0-9a-f]{1,4})" * 2
    + r",\{0x([0-9a-f]{1,2})"
    + r",0x([0-9a-f]{1,2})" * 7
    + r"\}\}",
    re.IGNORECASE,
)
_DIGITS_OF_PARTS = (8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2)

type Errors = dict[str, list[str]]


def query_of(url: str) -> dict[str, str]:
    """Return the values of a URL's query by lower-case name; the first value of a name counts.

    They are taken from the URL, because the Functions host joins the values of one name by commas.
    """
    return encoded_values(url.partition("?")[2])


def encoded_values(text: str) -> dict[str, str]:
    """Return the values of a query or a form by lower-case name; the first value of a name counts."""
    values: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        values.setdefault(name.lower(), value)
    return values


def parse_route_uuid(name: str, value: str) -> UUID:
    """Read a UUID from a route, in any form that .NET reads; else RequestInvalidError under `name`."""
    parsed = _uuid(value)
    if parsed is None:
        raise RequestInvalidError({name: [not_valid(value)]})
    return parsed


def read_int32(text: str) -> int | None:
    """Read an integer of 32 bits; None for any other text."""
    return read_integer(text, INT32)


def read_integer(text: str, allowed: range) -> int | None:
    """Read an integer in a range; None for any other text."""
    if _INTEGER.fullmatch(text.strip()) is None:
        return None
    value = int(text)
    return value if value in allowed else None


def not_valid(value: str) -> str:
    """Return the error text for a value that cannot be read."""
    return f"The value '{value}' is not valid."


def _uuid(text: str) -> UUID | None:
    text = text.strip()
    if _UUID.fullmatch(text):
        return UUID(text.strip("()"))
    parts = _UUID_IN_PARTS.fullmatch("".join(text.split()))
    if parts is None:
        return None
    return UUID(
        "".join(part.zfill(digits) for part, digits in zip(parts.groups(), _DIGITS_OF_PARTS, strict=True))
    )
