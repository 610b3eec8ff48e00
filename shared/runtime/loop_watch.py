"""Measures how long the event loop stands still: no request is answered and no message handled meanwhile."""

import asyncio
import logging
import time
from collections.abc import Callable

_STEP_SECONDS = 0.1
_LONG_SECONDS = 0.5
_REPORT_SECONDS = 60.0

_log = logging.getLogger(__name__)


class LoopWatch:
    """Wakes every few milliseconds and notes by how much it comes too late.

    `worst` is the longest delay in seconds since it was last told.
    """

    def __init__(self, *, step: float = _STEP_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.worst = 0.0
        self._step = step
        self._clock = clock
        self._told_at = clock()

    async def run(self) -> None:
        """Watch the running loop until cancelled."""
        last = self._clock()
        while True:
            await asyncio.sleep(self._step)
            now = self._clock()
            self.worst = max(self.worst, now - last - self._step)
            last = now

    def tell(self, every: float = _REPORT_SECONDS) -> None:
        """Log the longest delay if it was half a second or more, once in so many seconds, and begin anew."""
        now = self._clock()
        if now - self._told_at < every:
            return
        self._told_at = now
        if self.worst >= _LONG_SECONDS:
            _log.warning("the event loop stood still for %.1f s", self.worst, extra={"loop_lag": self.worst})
        self.worst = 0.0
