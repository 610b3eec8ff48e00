"""How pages write instants, sizes and JSON."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


def instant(value: str | datetime) -> datetime:
    """Read an instant; one without an offset is UTC."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def oslo(value: str | datetime) -> str:
    """Write an instant as people in Oslo read it: `Mon 30 Nov 2026, 09:00:00`."""
    return f"{instant(value).astimezone(OSLO):%a %d %b %Y, %H:%M:%S}"


def oslo_time(value: str | datetime) -> str:
    """Write the time of day in Oslo."""
    return f"{instant(value).astimezone(OSLO):%H:%M:%S}"


def utc(value: str | datetime) -> str:
    """Write an instant in UTC."""
    return f"{instant(value).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def duration(seconds: float) -> str:
    """Write a length of time with its two largest units: `2 d 3 h`, `1 min 5 s`, `340 ms`."""
    left = abs(seconds)
    if left < 1:
        return f"{round(left * 1000)} ms"
    parts = []
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        amount, left = divmod(left, length)
        if amount:
            parts.append(f"{int(amount)} {unit}")
    return " ".join(parts[:2])


def pretty(value: object) -> str:
    """Write JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "oslo": oslo,
    "oslo_time": oslo_time,
    "utc": utc,
    "duration": duration,
    "pretty": pretty,
    "instant": instant,
}
