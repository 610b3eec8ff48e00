"""What arrives in routes, query strings, headers and forms.

Names are matched without regard to case, as the frameworks of the reference API do: readers are given the
values by lower-case name. Problems are reported together, each under the name of its parameter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl
from uuid import UUID

from shared.contracts.reading.members import INT32, Members
from shared.runtime.errors import RequestInvalidError

_INTEGER = re.compile(r"[+-]?0*[0-9]{1,19}")
_INT64 = range(-(2**63), 2**63)
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


class _Direction(Enum):
    ASC = 0
    DESC = 1


_DIRECTIONS = Members({d.name.lower(): d for d in _Direction}, {d.value: d for d in _Direction})


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """A page of the feed: up to `page_size` entries beyond the number `after`, or before it when descending.

    Descending from 0 means from the newest entry.
    """

    after: int
    page_size: int
    descending: bool


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which notifications of a dialog are wanted; at least one of the two is given.

    `dialog_id` is a lower-case hyphenated UUID, `transmission_id` the text as submitted.
    """

    dialog_id: str | None
    transmission_id: str | None


@dataclass(frozen=True, slots=True)
class MetricsMonth:
    """A calendar month in UTC."""

    year: int
    month: int


def query_of(url: str) -> dict[str, str]:
    """Return the values of a URL's query by lower-case name; of a name given twice the first counts.

    The Functions host joins the values of one name by commas, so they are taken from the URL itself.
    """
    return encoded_values(url.partition("?")[2])


def encoded_values(text: str) -> dict[str, str]:
    """Return the values of a query or a form by lower-case name; of a name given twice the first counts."""
    values: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        values.setdefault(name.lower(), value)
    return values


def parse_route_uuid(name: str, value: str) -> UUID:
    """Read a UUID from a route in any form .NET knows; RequestInvalidError under the name of the variable."""
    parsed = _uuid(value)
    if parsed is None:
        raise RequestInvalidError({name: [not_valid(value)]})
    return parsed


def read_feed_query(query: Mapping[str, str], max_page_size: int) -> FeedQuery:
    """Read the cursor, size and direction of a feed page; sizes are clamped, never refused."""
    errors: Errors = {}
    after = _integer(query.get("seq", "0"), _INT64)
    if after is None:
        errors["Seq"] = [not_valid(query["seq"])]
    elif after < 0:
        errors["Seq"] = ["The field Seq must be between 0 and 9.223372036854776E+18."]
    page_size = read_int32(query.get("pagesize", "").strip() or str(max_page_size))
    if page_size is None:
        errors["PageSize"] = [not_valid(query["pagesize"])]
    direction = _direction(query.get("orderby", "asc"))
    if direction is None:
        errors["OrderBy"] = [not_valid(query["orderby"])]
    if errors or after is None or page_size is None:
        raise RequestInvalidError(errors)
    return FeedQuery(after, min(max(page_size, 1), max_page_size), direction is _Direction.DESC)


def read_senders_reference(query: Mapping[str, str]) -> str:
    """Read the reference to look for, which has to be given and not be empty."""
    reference = query.get("sendersreference")
    if reference is None:
        message = "A value for the 'sendersReference' parameter or property was not provided."
        raise RequestInvalidError({"sendersReference": [message]})
    if not reference.strip():
        raise RequestInvalidError({"sendersReference": ["The sendersReference field is required."]})
    return reference


def read_log_query(query: Mapping[str, str], *, dialog_required: bool) -> LogQuery:
    """Read what a log is asked for: citizens name the dialog, owners the dialog or the transmission."""
    dialog_text = query.get("dialogid", "").strip()
    transmission_id = query.get("transmissionid", "").strip() or None
    if not dialog_text:
        if dialog_required or transmission_id is None:
            raise RequestInvalidError({"dialogId": ["The dialogId field is required."]})
        return LogQuery(None, transmission_id)
    return LogQuery(str(parse_route_uuid("dialogId", dialog_text)), transmission_id)


def read_metrics_form(form: Mapping[str, str]) -> MetricsMonth:
    """Read the month and year of the metrics page."""
    month = _integer(form.get("month", ""), range(1, 13))
    year = _integer(form.get("year", ""), range(1, 9999))
    errors = {
        name: [not_valid(form.get(name, ""))] for name, n in (("month", month), ("year", year)) if n is None
    }
    if errors or month is None or year is None:
        raise RequestInvalidError(errors)
    return MetricsMonth(year, month)


def read_int32(text: str) -> int | None:
    """Read an integer of 32 bits; None when the text is none."""
    return _integer(text, INT32)


def not_valid(value: str) -> str:
    """Say that a value cannot be read."""
    return f"The value '{value}' is not valid."


def _integer(text: str, allowed: range) -> int | None:
    if _INTEGER.fullmatch(text.strip()) is None:
        return None
    value = int(text)
    return value if value in allowed else None


def _direction(text: str) -> _Direction | None:
    try:
        direction = _DIRECTIONS.read(text)
    except ValueError:
        return None
    return direction if isinstance(direction, _Direction) else None


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
