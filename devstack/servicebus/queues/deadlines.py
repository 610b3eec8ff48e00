"""Deadlines by key: a heap whose entries are cheap to move and to drop."""

import heapq


class Deadlines[K]:
    """Keys with one deadline each, in seconds of whatever clock the caller passes to `due`."""

    def __init__(self) -> None:
        self._deadlines: dict[K, float] = {}
        # May hold outdated entries, which differ from the dictionary. They are dropped later, so a
        # change costs O(log n).
        self._heap: list[tuple[float, int, K]] = []
        self._pushed = 0

    def __len__(self) -> int:
        return len(self._deadlines)

    def set(self, key: K, deadline: float) -> None:
        """Give `key` a new deadline."""
        self._deadlines[key] = deadline
        self._pushed += 1
        heapq.heappush(self._heap, (deadline, self._pushed, key))
        if len(self._heap) > 2 * len(self._deadlines) + 64:
            self._heap = [entry for entry in self._heap if self._deadlines.get(entry[2]) == entry[0]]
            heapq.heapify(self._heap)

    def discard(self, key: K) -> None:
        """Forget `key`, if it is known."""
        self._deadlines.pop(key, None)

    def clear(self) -> None:
        """Forget every key."""
        self._deadlines.clear()
        self._heap.clear()

    def due(self, now: float) -> list[K]:
        """Take out and return the keys whose deadline is not after `now`, earliest first."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            deadline, _, key = heapq.heappop(self._heap)
            if self._deadlines.get(key) == deadline:
                del self._deadlines[key]
                taken.append(key)
        return taken
