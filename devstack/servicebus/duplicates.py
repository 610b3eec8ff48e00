"""Which message ids a queue has seen lately."""

from collections import deque


class DuplicateHistory:
    """Message ids within a window of `seconds`, by real time so that a moved clock forgets nothing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[object, float] = {}
        self._order: deque[tuple[float, object]] = deque()

    def seen(self, message_id: object, now: float) -> bool:
        """Tell whether the id was recorded within the window before `now`."""
        self._forget(now)
        return message_id in self._seen

    def record(self, message_id: object, at: float) -> None:
        """Remember that the id was seen at `at`; a later sighting does not extend the window of the first."""
        if message_id not in self._seen:
            self._seen[message_id] = at
            self._order.append((at, message_id))

    def entries(self, now: float) -> list[tuple[object, float]]:
        """Return the ids within the window before `now`, with the time each was seen."""
        self._forget(now)
        return list(self._seen.items())

    def clear(self) -> None:
        """Forget everything."""
        self._seen.clear()
        self._order.clear()

    def _forget(self, now: float) -> None:
        while self._order and self._order[0][0] <= now - self._seconds:
            del self._seen[self._order.popleft()[1]]
