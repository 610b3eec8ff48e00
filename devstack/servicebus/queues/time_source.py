"""The two kinds of time in the broker.

Enqueue time, schedule and time to live of a message follow the movable clock of the local cloud. Locks and
the duplicate history follow real time, because a moved clock must not end the lock of a running handler.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeSource:
    """`moved` and `real` return seconds since the Unix epoch, `steady` seconds that never jump."""

    moved: Callable[[], float] = time.time
    real: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
