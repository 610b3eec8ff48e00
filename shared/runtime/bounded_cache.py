"""A cache that is bounded in bytes: what somebody else sends decides how large a value is."""

from collections import OrderedDict
from collections.abc import Callable


class BoundedCache[KeyT, ValueT]:
    """Keeps the values that were put or read last, up to `max_bytes` as `weigh` reckons them.

    A single value that takes more is not kept.
    """

    def __init__(self, max_bytes: int, weigh: Callable[[ValueT], int]) -> None:
        self._max_bytes = max_bytes
        self._weigh = weigh
        self._values: OrderedDict[KeyT, tuple[int, ValueT]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: KeyT) -> ValueT | None:
        """Return a value; None when it is not kept."""
        kept = self._values.get(key)
        if kept is None:
            return None
        self._values.move_to_end(key)
        return kept[1]

    def put(self, key: KeyT, value: ValueT) -> None:
        """Keep a value in place of an earlier one, and drop what there is no room for."""
        self.pop(key)
        weight = self._weigh(value)
        if weight > self._max_bytes:
            return
        self._values[key] = (weight, value)
        self.bytes += weight
        while self.bytes > self._max_bytes:
            self.bytes -= self._values.popitem(last=False)[1][0]

    def pop(self, key: KeyT) -> ValueT | None:
        """Return a value and forget it; None when it is not kept."""
        kept = self._values.pop(key, None)
        if kept is None:
            return None
        self.bytes -= kept[0]
        return kept[1]
