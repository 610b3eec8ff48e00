"""Instants as the API writes and reads them: ISO 8601, UTC with `Z` on the way out."""

import re
from datetime import UTC, datetime, timedelta, timezone

_SYNTAX = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,16}))?)?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_WIDEST_OFFSET = timedelta(hours=14)


def parse_instant(text: str) -> datetime:
    """Read a date, or a date and time; aware UTC when the text names a zone, otherwise naive as written.

    Fractions are cut to microseconds. Raises ValueError for anything else, impossible dates included.
    """
    match = _SYNTAX.fullmatch(text)
    if match is None:
        msg = "not an ISO 8601 date-time"
        raise ValueError(msg)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    microsecond = int(fraction[:6].ljust(6, "0")) if fraction else 0
    local = datetime(  # noqa: DTZ001
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), microsecond
    )
    if zone is None:
        return local
    try:
        return local.replace(tzinfo=_zone(zone)).astimezone(UTC)
    except OverflowError as error:
        msg = "outside the calendar in UTC"
        raise ValueError(msg) from error


def format_instant(at: datetime) -> str:
    """Write an aware instant as UTC with `Z`, the fraction without trailing zeros."""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    text = utc.isoformat()
    return (text.rstrip("0") if utc.microsecond else text) + "Z"


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = int(text[4:])
    offset = timedelta(hours=int(text[1:3]), minutes=minutes)
    if offset > _WIDEST_OFFSET or minutes > 59:
        msg = "not an offset from UTC"
        raise ValueError(msg)
    return timezone(-offset if text[0] == "-" else offset)
