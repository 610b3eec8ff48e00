"""The local cloud's movable time, shared by all its processes through one small file.

The file holds 8 bytes, a little-endian float64: the seconds to add to real time. The app has a reader of its
own for it, so that neither needs the code of the other.
"""

import mmap
import os
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

_OFFSET = struct.Struct("<d")


class ClockFile:
    """Real time plus the offset in a file, created with offset zero when missing or too short."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < _OFFSET.size:
                os.ftruncate(descriptor, _OFFSET.size)
            self._memory = mmap.mmap(descriptor, _OFFSET.size)
        finally:
            os.close(descriptor)

    def offset(self) -> float:
        """Return the seconds added to real time."""
        (seconds,) = _OFFSET.unpack_from(self._memory)
        return float(seconds)

    def set_offset(self, seconds: float) -> None:
        """Move the time of every process that maps the file, from its next reading on."""
        _OFFSET.pack_into(self._memory, 0, seconds)

    def timestamp(self) -> float:
        """Return the current moved instant as seconds since the Unix epoch."""
        return time.time() + self.offset()

    def now(self) -> datetime:
        """Return the current moved instant as aware UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)
