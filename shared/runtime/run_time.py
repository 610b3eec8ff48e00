"""How long one run of a task without end may take: what is left is for the next run."""

import time
from collections.abc import Callable


class RunTime:
    """A run that began now and is over after some seconds of real time."""

    def __init__(self, seconds: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._ends_at = now() + seconds

    def is_over(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._now() >= self._ends_at
