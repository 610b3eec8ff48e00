"""An allowance: so much at once, and as much again every window, refilled evenly.

Its state is one number: when it is whole again. What is asked for at once may be more than the whole. It is
then given when the allowance is whole, and what follows waits until it is paid off, for a day at most.
"""

from dataclasses import dataclass

_LONGEST_DEBT_SECONDS = 86_400.0  # also when a clock that was wrong has written the state

_PRECISION_SECONDS = 0.001  # of sums of times as floating-point numbers


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `amount` within `window` seconds."""

    amount: int
    window: float

    def take(self, whole_at: float, now: float, wanted: int) -> float:
        """Return when the allowance is whole again if `wanted` is taken now; times in seconds."""
        start = min(max(whole_at, now), now + self.window + _LONGEST_DEBT_SECONDS)
        return start + wanted * self.window / self.amount

    def wait(self, whole_at: float, now: float, wanted: int) -> float:
        """Return for how many seconds `wanted` has to wait; 0 when it may be taken now."""
        whole = self.take(whole_at, now, min(wanted, self.amount))
        wait = whole - now - self.window
        return wait if wait > _PRECISION_SECONDS else 0.0
