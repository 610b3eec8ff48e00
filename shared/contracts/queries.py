"""What arrives in routes, query strings, headers and forms.

Names are matched without regard to case, as the frameworks of the reference API do. Problems are reported
together, each under the name of its parameter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.errors import RequestInvalidError

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{12}")
_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)

type Errors = dict[str, list[str]]


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


def parse_route_uuid(name: str, value: str) -> UUID:
    """Read a UUID from a route; RequestInvalidError under the name of the route variable."""
    parsed = _uuid(value)
    if parsed is None:
        raise RequestInvalidError({name: [not_valid(value)]})
    return parsed


def read_feed_query(query: Mapping[str, str], max_page_size: int) -> FeedQuery:
    """Read the cursor, size and direction of a feed page; sizes are clamped, never refused."""
    given = by_lower_case_name(query)
    errors: Errors = {}
    after = _integer(given.get("seq", "0"), _INT64)
    if after is None:
        errors["Seq"] = [not_valid(given["seq"])]
    elif after < 0:
        errors["Seq"] = ["The field Seq must be between 0 and 9.223372036854776E+18."]
    page_size = read_int32(given.get("pagesize") or str(max_page_size))
    if page_size is None:
        errors["PageSize"] = [not_valid(given["pagesize"])]
    direction = given.get("orderby", "asc").lower()
    if direction not in ("asc", "desc"):
        errors["OrderBy"] = [not_valid(given["orderby"])]
    if errors or after is None or page_size is None:
        raise RequestInvalidError(errors)
    return FeedQuery(after, min(max(page_size, 1), max_page_size), direction == "desc")


def read_senders_reference(query: Mapping[str, str]) -> str:
    """Read the reference to look for, which has to be given and not be empty."""
    reference = by_lower_case_name(query).get("sendersreference")
    if reference is None:
        message = "A value for the 'sendersReference' parameter or property was not provided."
        raise RequestInvalidError({"sendersReference": [message]})
    if not reference.strip():
        raise RequestInvalidError({"sendersReference": ["The sendersReference field is required."]})
    return reference


def read_log_query(query: Mapping[str, str], *, dialog_required: bool) -> LogQuery:
    """Read what a log is asked for: citizens name the dialog, owners the dialog or the transmission."""
    given = by_lower_case_name(query)
    dialog_text = given.get("dialogid", "").strip()
    transmission_id = given.get("transmissionid", "").strip() or None
    if not dialog_text:
        if dialog_required or transmission_id is None:
            raise RequestInvalidError({"dialogId": ["The dialogId field is required."]})
        return LogQuery(None, transmission_id)
    return LogQuery(str(parse_route_uuid("dialogId", dialog_text)), transmission_id)


def read_metrics_form(form: Mapping[str, str]) -> MetricsMonth:
    """Read the month and year of the metrics page."""
    given = by_lower_case_name(form)
    month = _integer(given.get("month", ""), range(1, 13))
    year = _integer(given.get("year", ""), range(1, 9999))
    errors = {
        name: [not_valid(given.get(name, ""))] for name, n in (("month", month), ("year", year)) if n is None
    }
    if errors or month is None or year is None:
        raise RequestInvalidError(errors)
    return MetricsMonth(year, month)


def read_int32(text: str) -> int | None:
    """Read an integer of 32 bits; None when the text is none."""
    return _integer(text, _INT32)


def by_lower_case_name(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values by lower-case name."""
    return {name.lower(): value for name, value in values.items()}


def not_valid(value: str) -> str:
    """Say that a value cannot be read."""
    return f"The value '{value}' is not valid."


def _integer(text: str, allowed: range) -> int | None:
    if _INTEGER.fullmatch(text) is None:
        return None
    value = int(text)
    return value if value in allowed else None


def _uuid(text: str) -> UUID | None:
    return UUID(text) if _UUID.fullmatch(text) else None
