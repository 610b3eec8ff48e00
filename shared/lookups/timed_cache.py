"""Remembers answers for a short while, so that many messages to the same people need one question."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from shared.runtime.bounded import Bounded


@dataclass(slots=True, kw_only=True, eq=False)
class TimedCache[Key, Value]:
    """At most `capacity` values, each for `seconds`; those not used for longest go first."""

    seconds: float
    capacity: int = 10_000
    clock: Callable[[], float] = monotonic
    _values: Bounded[Key, tuple[float, Value]] = field(init=False)

    def __post_init__(self) -> None:
        self._values = Bounded(self.capacity)

    def get(self, key: Key) -> Value | None:
        """Return a value that is still fresh; None when there is none."""
        kept = self._values.get(key)
        if kept is None or self.clock() >= kept[0]:
            return None
        return kept[1]

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        self._values.put(key, (self.clock() + self.seconds, value))
