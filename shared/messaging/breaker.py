"""Circuit breaker: callers are not made to wait for a dependency that keeps failing."""

import asyncio
from collections.abc import Callable

PAUSE_SECONDS = 30.0
_FAILURES = 3
_PROBE_SECONDS = 2.0
_INCIDENT_SECONDS = 0.5


class CircuitBreaker:
    """Opens for a pause after three failures in a row, then admits one probe at a time until one succeeds.

    Failures less than half a second apart count as one: many callers waiting for the same hiccup are no proof
    of an outage.
    """

    def __init__(
        self, *, pause_seconds: float = PAUSE_SECONDS, now: Callable[[], float] | None = None
    ) -> None:
        self._pause_seconds = pause_seconds
        self._now = now or _loop_time
        self._failures = 0
        self._failed_at = float("-inf")
        self._shut_until = float("-inf")

    def admits(self) -> bool:
        """Tell whether to try now. Who is admitted as a probe keeps others out for two seconds."""
        if self._failures < _FAILURES:
            return True
        now = self._now()
        if now < self._shut_until:
            return False
        self._shut_until = now + _PROBE_SECONDS
        return True

    def succeeded(self) -> None:
        """Note a success, however late it came."""
        self._failures = 0

    def failed(self) -> bool:
        """Note a failure; true when it opens the breaker."""
        now = self._now()
        if now - self._failed_at < _INCIDENT_SECONDS:
            return False
        self._failed_at = now
        self._failures += 1
        if self._failures < _FAILURES:
            return False
        self._shut_until = now + self._pause_seconds
        return True


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
