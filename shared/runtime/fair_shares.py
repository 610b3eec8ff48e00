"""Divides the places of this process among parties, for work whose length somebody else chooses.

Work gets a place or is told when to come again; it never waits here. A quarter of the places is kept for
parties that hold none. Of the others a party gets one only while it holds fewer than are free. So one alone
takes three eighths of all, and there are places for the next ones.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.runtime.bounded import Bounded

_FIRST_GUESS_SECONDS = 1.0  # how long work takes, until that is known
_NEWS = 0.2  # how much the latest work counts in what is known
_SHORTEST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 900.0
_MAX_LINES = 1000


@dataclass(slots=True)
class _Line:
    """When the last work of a party that was put off comes again, and how long its work takes, about."""

    ends_at: float
    work_seconds: float = _FIRST_GUESS_SECONDS


class FairShares:
    """Places for the work of owners at hosts; `clock` returns seconds.

    A host gets three quarters of the places at most. That is more than one owner can take, so no owner keeps
    another from its host.
    """

    def __init__(self, places: int, clock: Callable[[], float]) -> None:
        self._places = places
        self._clock = clock
        self._held: Counter[tuple[str, str]] = Counter()
        self._lines: Bounded[str, _Line] = Bounded(_MAX_LINES)

    @contextmanager
    def held(self, owner: str, host: str) -> Iterator[bool]:
        """Hold a place while the context lasts; yields False when this owner gets none for this host now."""
        if not self._has_room(owner, host):
            yield False
            return
        began = self._clock()
        self._held[owner, host] += 1
        try:
            yield True
        finally:
            self._held[owner, host] -= 1
            if not self._held[owner, host]:
                del self._held[owner, host]
            line = self._line(owner)
            line.work_seconds += _NEWS * (max(0.0, self._clock() - began) - line.work_seconds)

    def pause(self, owner: str) -> float:
        """Return the seconds until work of an owner comes again: one after another, as places become free."""
        now, line = self._clock(), self._line(owner)
        alone = max(1, self._places * 3 // 8)
        line.ends_at = max(now, line.ends_at) + line.work_seconds / alone
        if line.ends_at > now + _LONGEST_PAUSE_SECONDS:  # the others come in between
            line.ends_at = now
        return max(_SHORTEST_PAUSE_SECONDS, line.ends_at - now)

    def count(self, owner: str, host: str) -> int:
        """Return how many places an owner holds for a host."""
        return self._held[owner, host]

    def _has_room(self, owner: str, host: str) -> bool:
        of_owner = sum(count for (name, _), count in self._held.items() if name == owner)
        at_host = sum(count for (_, name), count in self._held.items() if name == host)
        free = self._places - self._held.total()
        share = free - self._places // 4 if of_owner else free
        return of_owner < share and at_host < max(1, self._places * 3 // 4)

    def _line(self, owner: str) -> _Line:
        return self._lines.made(owner, lambda: _Line(self._clock()))
