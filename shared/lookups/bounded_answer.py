"""The head of an HTTP answer, read with a limit on all of it.

The standard library limits the number of header lines and the length of each. Together that is more than
six megabytes, which are held several times over while they are parsed. Any number of `100 Continue` may
come first. What reads the body has its own limit.
"""

from http.client import HTTPResponse
from typing import Any, BinaryIO

from shared.runtime.errors import PermanentError

MAX_HEAD_BYTES = 32 * 1024


class AnswerTooLargeError(PermanentError):
    """The answer is longer than the request allowed."""


class BoundedAnswer(HTTPResponse):
    """An answer whose status line and headers have at most `MAX_HEAD_BYTES`, else AnswerTooLargeError."""

    fp: Any

    def begin(self) -> None:
        """Read the head; the body is read from the socket's file as ever."""
        whole = self.fp
        head = self.fp = _Head(whole)
        try:
            super().begin()
        finally:
            if self.fp is head:
                self.fp = whole


class _Head:
    """As much of a file as a head may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MAX_HEAD_BYTES

    def readline(self, limit: int = -1) -> bytes:
        """Return the next line; `limit` as for a file."""
        room = self._left + 1
        line = self._file.readline(room if limit < 0 else min(limit, room))
        self._left -= len(line)
        if self._left < 0:
            raise AnswerTooLargeError(f"the head of the answer is longer than {MAX_HEAD_BYTES} bytes")
        return line

    def close(self) -> None:
        """Close the file."""
        self._file.close()
