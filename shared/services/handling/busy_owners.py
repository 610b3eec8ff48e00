"""Tells the owners that have much work at once, so that it goes to a queue for bulk.

A queue is worked off in order: thousands of items of one owner would all be handled before the one of
another. What an owner may have on a common queue is counted in each process, as its messages are sent.
"""

from dataclasses import dataclass, field

from shared.domain.sending.allowance import Allowance
from shared.runtime.bounded import Bounded
from shared.runtime.clock import Clock

AT_ONCE = 16
_ALLOWANCE = Allowance(AT_ONCE, 4.0)  # then four a second, a small part of what a process handles
_MOST_KEPT = 3000  # owners and queues


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyOwners:
    """What this process has lately sent for each owner."""

    real_time: Clock
    _whole_at: Bounded[tuple[str, str], float] = field(
        init=False, default_factory=lambda: Bounded(_MOST_KEPT)
    )

    def is_busy(self, owner: str, queue: str) -> bool:
        """Count one more item of an owner for a queue, unless it has too many; return whether it has."""
        key = owner, queue
        now, whole_at = self.real_time.now().timestamp(), self._whole_at.get(key) or 0.0
        if _ALLOWANCE.wait(whole_at, now, 1):
            return True
        self._whole_at.put(key, _ALLOWANCE.take(whole_at, now, 1))
        return False
