"""The queues and their policies, read from the same declaration that provisions them in Azure."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_DEFAULT_LOCK = timedelta(minutes=1)
_DEFAULT_WINDOW = timedelta(minutes=10)


class DeclarationError(Exception):
    """The queue declaration cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class QueueDeclaration:
    """One queue with the properties of Azure's resource model; a time to live of None never expires."""

    name: str
    lock_duration: timedelta = _DEFAULT_LOCK
    max_delivery_count: int = 10
    default_time_to_live: timedelta | None = None
    dead_letters_expired: bool = False
    detects_duplicates: bool = False
    duplicate_window: timedelta = _DEFAULT_WINDOW


def load_declarations(path: Path) -> tuple[QueueDeclaration, ...]:
    """Read `{"queues": [...]}` with the property names of Microsoft.ServiceBus/namespaces/queues."""
    try:
        return tuple(_queue(entry) for entry in json.loads(path.read_bytes())["queues"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DeclarationError(f"{path}: {type(error).__name__}: {error}") from error


def parse_duration(text: str) -> timedelta:
    """Parse an ISO 8601 duration of days, hours, minutes and seconds; raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"not a supported ISO 8601 duration: {text!r}")
    return timedelta(**{unit: float(value) for unit, value in match.groupdict(default="0").items()})


def _queue(entry: dict[str, object]) -> QueueDeclaration:
    def duration(name: str, default: timedelta) -> timedelta:
        return parse_duration(str(entry[name])) if name in entry else default

    max_delivery_count = entry.get("maxDeliveryCount", 10)
    if not isinstance(max_delivery_count, int) or max_delivery_count < 1:
        raise ValueError(f"maxDeliveryCount of {entry['name']} must be a positive integer")
    lifetime = entry.get("defaultMessageTimeToLive")
    return QueueDeclaration(
        name=str(entry["name"]),
        lock_duration=duration("lockDuration", _DEFAULT_LOCK),
        max_delivery_count=max_delivery_count,
        default_time_to_live=None if lifetime is None else parse_duration(str(lifetime)),
        dead_letters_expired=bool(entry.get("deadLetteringOnMessageExpiration", False)),
        detects_duplicates=bool(entry.get("requiresDuplicateDetection", False)),
        duplicate_window=duration("duplicateDetectionHistoryTimeWindow", _DEFAULT_WINDOW),
    )
