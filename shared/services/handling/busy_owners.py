"""Tells the owners that have many wakes at once, so that theirs go to a queue of their own.

A queue is worked off in order: thousands of wakes of one owner would all be handled before the one of
another. What an owner may have on the common queue is counted in each process, as its messages are sent.
"""

from dataclasses import dataclass, field

from shared.domain.sending.allowance import Allowance
from shared.runtime.bounded import Bounded
from shared.runtime.clock import Clock

AT_ONCE = 16
_ALLOWANCE = Allowance(AT_ONCE, 4.0)  # then four a second, a small part of what a process handles
_MAX_OWNERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyOwners:
    """What this process has lately sent for each owner."""

    real_time: Clock
    _whole_at: Bounded[str, float] = field(init=False, default_factory=lambda: Bounded(_MAX_OWNERS))

    def is_busy(self, owner: str) -> bool:
        """Count one more wake of an owner, unless it has too many already; return whether that is so."""
        now, whole_at = self.real_time.now().timestamp(), self._whole_at.get(owner) or 0.0
        if _ALLOWANCE.wait(whole_at, now, 1):
            return True
        self._whole_at.put(owner, _ALLOWANCE.take(whole_at, now, 1))
        return False
