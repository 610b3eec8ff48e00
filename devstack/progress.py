"""Progress on standard error: on a terminal one line that is rewritten, else plain lines for a log."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from typing import Self, TextIO

_BAR, _CLEAR = 20, "\r\x1b[K"
_lock = threading.RLock()
_drawn: list["Progress"] = []  # the one whose line is on the terminal, if there is one


def above(text: str) -> None:
    """Write a line on standard error, above the line of progress if there is one."""
    with _lock:
        print(f"{_CLEAR if _drawn else ''}{text.rstrip('\n')}", file=sys.stderr, flush=True)
        for progress in _drawn:
            progress.draw()


class Progress:
    """Tells what is being done and how long it has taken so far; a context manager that ends its line.

    With `planned` every call is one of that many steps, and the bar shows them; else `bar` sets it.
    """

    def __init__(self, planned: int = 0, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._started = time.monotonic()
        self._what, self._planned, self._steps = "", planned, 0
        self._done, self._of = 0, planned

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.end(is_done=kind is None)

    def __call__(self, what: str) -> None:
        """Announce the next step."""
        with _lock:
            self._what = what
            if self._planned:
                self._done, self._steps = self._steps, self._steps + 1
            if self._is_terminal:
                self.draw()
            else:
                print(f"{self._elapsed():6.1f} s  {what}", file=self._stream, flush=True)

    def bar(self, done: int, of: int) -> None:
        """Show how much of the present step is done; only on a terminal."""
        with _lock:
            self._done, self._of = done, of
            if self._is_terminal:
                self.draw()

    def end(self, *, is_done: bool = True) -> None:
        """Leave the line as it is, with a full bar if all is done; what is written next is below it."""
        with _lock:
            if self in _drawn:
                self._done = self._of if is_done else self._done
                self.draw()
                print(file=self._stream, flush=True)
                _drawn.remove(self)

    def rounds(self, wanted: int, seconds: float) -> Iterator[int]:
        """Yield round numbers from 1 until that many, or until that many seconds have passed meanwhile."""
        latest, before = self._elapsed() + seconds, self._steps
        for number in range(1, wanted + 1):
            if number > 1 and self._elapsed() > latest:
                self._steps += (self._steps - before) // (number - 1) * (wanted - number + 1)
                return  # the steps that are left out count as done
            yield number

    def draw(self) -> None:
        """Write the line again, cut to the width of the terminal."""
        line = f"{self._elapsed():6.1f} s  {self._bar()}{self._what}"
        print(f"{_CLEAR}{line[: self._width() - 1]}", end="", file=self._stream, flush=True)
        _drawn[:] = [self]

    def _bar(self) -> str:
        if not self._of:
            return ""
        full = "#" * (min(self._done, self._of) * _BAR // self._of)
        return f"[{full:.<{_BAR}}] {self._done}/{self._of}  "

    def _width(self) -> int:
        usual = shutil.get_terminal_size().columns
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or usual  # 0: it does not know
        except OSError:  # the stream is none
            return usual

    def _elapsed(self) -> float:
        return time.monotonic() - self._started
