"""A dictionary that does not grow beyond a bound: the memory of what is only remembered to save calls."""

from collections import OrderedDict


class Bounded[KeyT, ValueT](OrderedDict[KeyT, ValueT]):
    """Holds at most `capacity` entries; the one that was set longest ago makes room for a new one."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self._capacity = capacity

    def __setitem__(self, key: KeyT, value: ValueT) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._capacity:
            self.popitem(last=False)
