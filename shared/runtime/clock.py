"""The time by which business rules are decided.

Send times, windows, expiry and retention read `Clock.now()`. Claims, token expiry and timeouts use real time
instead, because they are shared with machines that do not follow a moved clock.
"""

import mmap
import struct
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

_NUMBERS = struct.Struct("<dd")


class Clock(Protocol):
    """A source of the current instant."""

    def now(self) -> datetime:
        """Return the current instant as aware UTC."""


class SystemClock:
    """Real time."""

    def now(self) -> datetime:
        """Return the current instant as aware UTC."""
        return datetime.now(UTC)


class OffsetFileClock:
    """Real time plus an offset, or one instant at which time stands still, as a shared file says.

    The file holds two little-endian float64: the offset in seconds, and the instant in Unix seconds, 0 while
    time runs. Lets one command move the time of several processes; each reads it through shared memory.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), _NUMBERS.size, access=mmap.ACCESS_READ)

    def now(self) -> datetime:
        """Return the current instant as the file says, as aware UTC."""
        offset, frozen = _NUMBERS.unpack_from(self._memory)
        return datetime.fromtimestamp(frozen or time.time() + offset, UTC)
