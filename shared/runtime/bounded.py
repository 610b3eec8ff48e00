"""A memory that does not grow beyond a bound: of what is only kept to save calls or work."""

from collections import OrderedDict
from collections.abc import Callable


class Bounded[KeyT, ValueT]:
    """Keeps the values that were set or read last, as long as together they weigh `capacity` at most.

    `weigh` returns what a value weighs, such as its bytes; without it each weighs 1. A single value that is
    heavier than the capacity is not kept.
    """

    def __init__(self, capacity: int, weigh: Callable[[ValueT], int] = lambda _: 1) -> None:
        self._capacity = capacity
        self._weigh = weigh
        self._values: OrderedDict[KeyT, tuple[int, ValueT]] = OrderedDict()
        self.weight = 0

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
        if weight > self._capacity:
            return
        self._values[key] = (weight, value)
        self.weight += weight
        while self.weight > self._capacity:
            self._drop_oldest()

    def made(self, key: KeyT, make: Callable[[], ValueT]) -> ValueT:
        """Return a value; one that is not kept is made first."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def pop(self, key: KeyT) -> ValueT | None:
        """Return a value and forget it; None when it is not kept."""
        kept = self._values.pop(key, None)
        if kept is None:
            return None
        self.weight -= kept[0]
        return kept[1]

    def drop_oldest_while(self, is_over: Callable[[ValueT], bool]) -> None:
        """Forget values that were not used for long, up to the first one that is not over."""
        while self._values and is_over(next(iter(self._values.values()))[1]):
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self.weight -= self._values.popitem(last=False)[1][0]
