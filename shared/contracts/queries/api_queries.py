"""Queries of the feed, of orders by reference, of the log, of previews and of the metrics page."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.queries.values import Errors, not_valid, parse_route_uuid, read_int32, read_integer
from shared.contracts.reading.members import Members
from shared.runtime.errors import RequestInvalidError

_INT64 = range(-(2**63), 2**63)


_IS_DESCENDING = Members({"asc": False, "desc": True}, {0: False, 1: True})


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """A page of the feed: up to `page_size` entries after the number `after`, or before it if descending.

    Descending from 0 begins at the newest entry.
    """

    after: int
    page_size: int
    descending: bool


@dataclass(frozen=True, slots=True)
class LogQuery:
    """The notifications of a dialog or a transmission; at least one of the two is set.

    `dialog_id` is a lower-case hyphenated UUID, `transmission_id` the text as submitted.
    """

    dialog_id: str | None
    transmission_id: str | None


@dataclass(frozen=True, slots=True)
class MetricsMonth:
    """A calendar month in UTC."""

    year: int
    month: int


def read_feed_query(query: Mapping[str, str], max_page_size: int) -> FeedQuery:
    """Read the cursor, size and direction of a feed page; a size is clamped, never refused."""
    errors: Errors = {}
    after = read_integer(query.get("seq", "0"), _INT64)
    if after is None:
        errors["Seq"] = [not_valid(query["seq"])]
    elif after < 0:
        errors["Seq"] = ["The field Seq must be between 0 and 9.223372036854776E+18."]
    page_size = read_int32(query.get("pagesize", "").strip() or str(max_page_size))
    if page_size is None:
        errors["PageSize"] = [not_valid(query["pagesize"])]
    descending = _is_descending(query.get("orderby", "asc"))
    if descending is None:
        errors["OrderBy"] = [not_valid(query["orderby"])]
    if errors or after is None or page_size is None or descending is None:
        raise RequestInvalidError(errors)
    return FeedQuery(after, min(max(page_size, 1), max_page_size), descending)


def read_senders_reference(query: Mapping[str, str]) -> str:
    """Read the reference to look for; it is mandatory and not blank."""
    reference = query.get("sendersreference")
    if reference is None:
        message = "A value for the 'sendersReference' parameter or property was not provided."
        raise RequestInvalidError({"sendersReference": [message]})
    if not reference.strip():
        raise RequestInvalidError({"sendersReference": ["The sendersReference field is required."]})
    return reference


def read_log_query(query: Mapping[str, str], *, dialog_required: bool) -> LogQuery:
    """Read a query of the log: who sees all owners must name the dialog, owners either id."""
    dialog_text = query.get("dialogid", "").strip()
    transmission_id = query.get("transmissionid", "").strip() or None
    if not dialog_text:
        if dialog_required or transmission_id is None:
            raise RequestInvalidError({"dialogId": ["The dialogId field is required."]})
        return LogQuery(None, transmission_id)
    return LogQuery(str(parse_route_uuid("dialogId", dialog_text)), transmission_id)


def read_try_condition(query: Mapping[str, str]) -> bool:
    """Read whether a preview asks the condition endpoints; no by default."""
    text = query.get("trycondition", "false").strip().lower()
    if text not in ("true", "false"):
        raise RequestInvalidError({"tryCondition": [not_valid(query["trycondition"])]})
    return text == "true"


def read_metrics_form(form: Mapping[str, str]) -> MetricsMonth:
    """Read the month and year of the metrics page."""
    month = read_integer(form.get("month", ""), range(1, 13))
    year = read_integer(form.get("year", ""), range(1, 9999))
    errors = {
        name: [not_valid(form.get(name, ""))] for name, n in (("month", month), ("year", year)) if n is None
    }
    if errors or month is None or year is None:
        raise RequestInvalidError(errors)
    return MetricsMonth(year, month)


def _is_descending(text: str) -> bool | None:
    try:
        descending = _IS_DESCENDING.read(text)
    except ValueError:
        return None
    return descending if isinstance(descending, bool) else None
