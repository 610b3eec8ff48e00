"""The time that one run of an endless task may take; the next run does the rest."""

import time
from collections.abc import Callable


class RunTime:
    """A run that starts now and is over after some seconds of real time."""

    def __init__(self, seconds: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._ends_at = now() + seconds

    def is_over(self) -> bool:
        """Whether nothing more may be started."""
        return self._now() >= self._ends_at
