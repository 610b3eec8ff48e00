"""Adds up what happens in this process, and tells it in one log line per interval.

Counting is a dictionary entry in memory: no call, no thread, no lock, because all of it happens on the event
loop. The line is written by whoever calls `tell`, which has to be an invocation: the Functions host drops
what a process logs outside of one.
"""

import logging
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_log = logging.getLogger(__name__)

type _Key = tuple[str, tuple[str, ...]]


class Kind(StrEnum):
    """How the values of a metric are added up."""

    COUNT = "count"  # the sum of the interval
    TIME = "time"  # count, sum and maximum of the interval, in seconds
    LEVEL = "level"  # the maximum and the last of the interval


@dataclass(slots=True)
class _Values:
    count: int = 0
    sum: float = 0.0
    max: float = 0.0
    last: float = 0.0

    def put(self, value: float) -> None:
        self.max = value if not self.count else max(self.max, value)
        self.count += 1
        self.sum += value
        self.last = value


@dataclass(slots=True)
class Meters:
    """The values of one process since it last told them."""

    _values: dict[_Key, _Values] = field(init=False, default_factory=dict)
    _kinds: dict[str, "Metric"] = field(init=False, default_factory=dict)
    _told_at: float | None = field(init=False, default=None)

    def declare(self, metric: "Metric") -> None:
        """Add a metric; ValueError for a name that is taken."""
        if metric.name in self._kinds:
            raise ValueError(f"there are two metrics {metric.name}")
        self._kinds[metric.name] = metric

    def put(self, metric: "Metric", value: float, labels: tuple[str, ...]) -> None:
        """Add one value."""
        self._values.setdefault((metric.name, labels), _Values()).put(value)

    def taken(self) -> list[dict[str, Any]]:
        """Return what came together, one object for each metric and its labels, and begin anew."""
        values, self._values = self._values, {}
        return [self._told(*key, found) for key, found in values.items()]

    def tell(self, interval: float) -> None:
        """Log what came together, unless that was done less than `interval` seconds ago."""
        now = time.monotonic()
        if not self._values or (self._told_at is not None and now - self._told_at < interval):
            return
        self._told_at = now
        _log.info("metrics of this process", extra={"metrics": self.taken()})

    def _told(self, name: str, labels: tuple[str, ...], values: _Values) -> dict[str, Any]:
        metric = self._kinds[name]
        told: dict[str, Any] = {"name": name, **dict(zip(metric.labels, labels, strict=True))}
        match metric.kind:
            case Kind.COUNT:
                return told | {"sum": round(values.sum)}
            case Kind.TIME:
                return told | {
                    "count": values.count,
                    "sum": round(values.sum, 3),
                    "max": round(values.max, 3),
                }
            case Kind.LEVEL:
                return told | {"max": round(values.max, 3), "last": round(values.last, 3)}


METERS = Meters()


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, kind, unit and meaning, and what its values are told apart by."""

    name: str
    kind: Kind
    unit: str
    description: str
    labels: tuple[str, ...] = ()
    meters: Meters = field(default_factory=lambda: METERS)

    def __post_init__(self) -> None:
        self.meters.declare(self)

    def put(self, value: float = 1, **labels: str) -> None:
        """Add a value: 1 for what is counted, seconds for a time, the present state for a level."""
        self.meters.put(self, value, tuple(labels[name] for name in self.labels))
