"""The local cloud's movable time, shared by all its processes through one small file.

The file holds 8 bytes, a little-endian float64: the seconds to add to real time. The application reads it
through `shared.runtime.clock`; keeping this writer apart lets the emulators run without application code.
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
        """Move the time of every process that maps the file; it takes effect at their next reading."""
        _OFFSET.pack_into(self._memory, 0, seconds)

    def timestamp(self) -> float:
        """Return the current moved instant as seconds since the Unix epoch."""
        return time.time() + self.offset()

    def now(self) -> datetime:
        """Return the current moved instant as aware UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)
