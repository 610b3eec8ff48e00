"""Which message ids a queue has seen lately."""

from devstack.servicebus.queues.deadlines import Deadlines


class DuplicateHistory:
    """Message ids within a window of `seconds`, by real time so that a moved clock forgets nothing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[object, float] = {}
        # A journal may hold the ids in another order than that of their times.
        self._ends: Deadlines[object] = Deadlines()

    def seen(self, message_id: object, now: float) -> bool:
        """Whether the id was recorded within the window before `now`."""
        self._forget(now)
        return message_id in self._seen

    def record(self, message_id: object, at: float) -> None:
        """Note that the id was seen at `at`; changes nothing within the window of the last time."""
        earlier = self._seen.get(message_id)
        if earlier is None or at >= earlier + self._seconds:
            self._seen[message_id] = at
            self._ends.set(message_id, at + self._seconds)

    def entries(self, now: float) -> list[tuple[object, float]]:
        """Return the ids within the window before `now`, with the time each was seen."""
        self._forget(now)
        return list(self._seen.items())

    def clear(self) -> None:
        """Forget everything."""
        self._seen.clear()
        self._ends.clear()

    def _forget(self, now: float) -> None:
        for message_id in self._ends.due(now):
            del self._seen[message_id]
