"""A circuit breaker: refuses calls to a dependency that is down, and finds out when it is back.

After some failures in a row, calls are refused at once for a while. Then one call is let through as a probe,
and its outcome decides. There is one breaker per dependency and process, used on one event loop.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from shared.runtime.bounded import Bounded
from shared.runtime.errors import ThrottledError, TransientError, UnavailableError


class CircuitOpenError(UnavailableError):
    """The call was not made: the dependency failed repeatedly a moment ago."""


@dataclass(slots=True, kw_only=True, eq=False)
class Breaker:
    """Counts failures in a row of one dependency; `clock` returns seconds that only grow.

    A probe without an outcome is given up after `probe_seconds`, by default another open period. Failures
    less than `incident_seconds` apart count as one: many callers of one short failure are no outage.
    """

    failures: int = 5
    open_seconds: float = 30.0
    probe_seconds: float | None = None
    incident_seconds: float = 0.0
    clock: Callable[[], float] = monotonic
    _in_a_row: int = field(init=False, default=0)
    _failed_at: float = field(init=False, default=-inf)
    _refusing_until: float | None = field(init=False, default=None)  # None while closed

    def admits(self) -> bool:
        """Return whether a call may be made now; the first one after the open period becomes the probe."""
        if self._refusing_until is None:
            return True
        if self.clock() < self._refusing_until:
            return False
        seconds = self.open_seconds if self.probe_seconds is None else self.probe_seconds
        self._refusing_until = self.clock() + seconds
        return True

    def succeeded(self) -> None:
        """Note that the dependency answered."""
        self._in_a_row = 0
        self._refusing_until = None

    def failed(self) -> bool:
        """Note a failure of the dependency; return whether calls are refused from now on."""
        now = self.clock()
        if now - self._failed_at < self.incident_seconds:
            return False
        self._failed_at = now
        self._in_a_row += 1
        if self._in_a_row < self.failures:
            return False
        self._refusing_until = now + self.open_seconds
        return True

    async def call[Answer](self, dependency: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make the call, or raise CircuitOpenError.

        A TransientError counts as a failure. Any other error, a ThrottledError included, shows that the
        dependency is up. A cancelled call shows nothing.
        """
        if not self.admits():
            raise CircuitOpenError("not asked: it failed repeatedly a moment ago")
        try:
            answer = await dependency()
        except ThrottledError:
            self.succeeded()
            raise
        except TransientError:
            self.failed()
            raise
        except Exception:
            self.succeeded()
            raise
        self.succeeded()
        return answer


class Breakers:
    """Breakers by name, made when first asked for; those asked for longest ago are forgotten."""

    def __init__(self, *, make: Callable[[], Breaker], most: int = 1000) -> None:
        self._make = make
        self._kept: Bounded[tuple[str, ...], Breaker] = Bounded(most)

    def of(self, *name: str) -> Breaker:
        """Return the breaker of this name."""
        return self._kept.made(name, self._make)
