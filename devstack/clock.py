"""The local cloud's movable time, shared by all its processes through one small file.

The file holds two little-endian float64: the seconds to add to real time, and the instant at which time
stands still, in Unix seconds; 0 while it runs. The app has a reader of its own for it, so that neither needs
the code of the other.
"""

import mmap
import os
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

_NUMBER = struct.Struct("<d")
_SIZE = 2 * _NUMBER.size


class ClockFile:
    """Real time plus the offset in a file, or one instant while it stands still; created when missing."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < _SIZE:
                os.ftruncate(descriptor, _SIZE)
            self._memory = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)

    def offset(self) -> float:
        """Return the seconds added to real time."""
        return self.timestamp() - time.time() if self.is_frozen() else self._number(0)

    def set_offset(self, seconds: float) -> None:
        """Move the time of every process that maps the file, from its next reading on."""
        _NUMBER.pack_into(self._memory, 0, seconds)
        if self.is_frozen():
            self.freeze(time.time() + seconds)

    def is_frozen(self) -> bool:
        """Whether time stands still."""
        return self._number(1) != 0.0

    def freeze(self, at: float | None = None) -> None:
        """Let time stand still, at the current moved instant or at another one, in Unix seconds."""
        _NUMBER.pack_into(self._memory, _NUMBER.size, self.timestamp() if at is None else at)

    def run(self) -> None:
        """Let time go on from where it stands."""
        _NUMBER.pack_into(self._memory, 0, self.offset())
        _NUMBER.pack_into(self._memory, _NUMBER.size, 0.0)

    def timestamp(self) -> float:
        """Return the current moved instant as seconds since the Unix epoch."""
        return self._number(1) or time.time() + self._number(0)

    def now(self) -> datetime:
        """Return the current moved instant as aware UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def _number(self, index: int) -> float:
        (number,) = _NUMBER.unpack_from(self._memory, index * _NUMBER.size)
        return float(number)
