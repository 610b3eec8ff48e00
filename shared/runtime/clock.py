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

_OFFSET = struct.Struct("<d")


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
    """Real time plus the offset that a shared file holds: 8 bytes, little-endian float64, seconds.

    Lets one command move the time of several processes at once; each reads the file through shared memory.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)

    def now(self) -> datetime:
        """Return the current instant, moved by the offset in the file, as aware UTC."""
        (offset,) = _OFFSET.unpack_from(self._memory)
        return datetime.fromtimestamp(time.time() + offset, UTC)
