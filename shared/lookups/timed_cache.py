"""Remembers answers for a short while, so that many messages to the same people need one question."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic


class TimedCache[Key, Value]:
    """At most `capacity` values, each for `seconds`; the oldest goes first."""

    def __init__(
        self, *, seconds: float, capacity: int = 10_000, clock: Callable[[], float] = monotonic
    ) -> None:
        self._seconds = seconds
        self._capacity = capacity
        self._clock = clock
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Return a value that is still fresh; None when there is none."""
        kept = self._values.get(key)
        if kept is None or self._clock() >= kept[0]:
            return None
        return kept[1]

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        self._values.pop(key, None)
        self._values[key] = (self._clock() + self._seconds, value)
        if len(self._values) > self._capacity:
            self._values.popitem(last=False)
