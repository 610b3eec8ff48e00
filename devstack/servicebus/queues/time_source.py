"""The two kinds of time in the broker.

What a message promises its sender (enqueue time, schedule, time to live) follows the movable clock of the
local cloud. What the broker agrees with a client (locks) or decides by history (duplicates) is real time,
because a moved clock must not make a running handler lose its lock.
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
