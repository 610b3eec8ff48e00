"""Fails a test in which one callback kept the event loop for long: other requests would have waited.

What counts is the time that the thread of the loop computed, so a busy machine fails no test. What other
threads compute is not seen here; `LoopWatch` with a clock of the process measures it.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

LONGEST_SECONDS = 2.0  # of computing; the bodies of tests prepare their data in the same callbacks


@contextmanager
def loop_watched(patch: pytest.MonkeyPatch, longest: float = LONGEST_SECONDS) -> Iterator[None]:
    """Raise AssertionError at the end of a block in which a callback computed for longer."""
    run, worst, culprit = asyncio.Handle._run, 0.0, ""  # noqa: SLF001  the loop has no other seam

    def timed(self: asyncio.Handle) -> None:
        nonlocal worst, culprit
        began = time.thread_time()
        run(self)
        took = time.thread_time() - began
        if took > max(worst, longest):
            worst, culprit = took, repr(self)

    patch.setattr(asyncio.Handle, "_run", timed)
    yield
    assert worst <= longest, f"the event loop stood still for {worst:.1f} s in {culprit}"
