"""Instants as the API reads and writes them: ISO 8601, written in UTC with `Z`."""

import re
from datetime import UTC, datetime, timedelta, timezone

_SYNTAX = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,16}|(?=[Z+-])))?)?(Z|[+-]\d\d(?::\d\d)?)?)?",
    re.ASCII,
)
_TYPED = re.compile(
    r"\s*(\d{4}-\d\d-\d\d)(?:[T\s]\s*+(\d\d:\d\d(?::\d\d(?:\.\d*)?)?))?\s*+(Z|[+-]\d\d(?::?\d\d)?)?\s*",
    re.ASCII | re.IGNORECASE,
)
_WIDEST_OFFSET = timedelta(hours=14)


def parse_instant(text: str) -> datetime:
    """Read a date, or a date and time: aware UTC if the text has a zone, otherwise naive.

    Fractions are cut to microseconds. The digits after the point may be left out before a zone, and so may
    the minutes of an offset. Raises ValueError for anything else, impossible dates included.
    """
    match = _SYNTAX.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 date-time")
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
        raise ValueError("outside the calendar in UTC") from error


def parse_typed_instant(text: str) -> datetime:
    """Read an instant of a query, which people type, in more spellings than `parse_instant` reads in JSON.

    There may be blanks around, before the time and before the zone, letters in any case, an offset without a
    colon, and a zone after a mere date.
    """
    match = _TYPED.fullmatch(text)
    if match is None:
        return parse_instant(text)
    date, time, zone = match.groups()
    digits = (zone or "").upper().replace(":", "")
    hours, minutes = digits[:3], digits[3:]
    return parse_instant(f"{date}T{time or '00:00'}{hours}{minutes and f':{minutes}'}")


def format_instant(at: datetime) -> str:
    """Write an aware instant as UTC with `Z`, the fraction without trailing zeros."""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    text = utc.isoformat()
    return (text.rstrip("0") if utc.microsecond else text) + "Z"


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = int(text[4:] or 0)
    offset = timedelta(hours=int(text[1:3]), minutes=minutes)
    if offset > _WIDEST_OFFSET or minutes > 59:
        raise ValueError("not an offset from UTC")
    return timezone(-offset if text[0] == "-" else offset)
