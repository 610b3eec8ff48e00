"""Work that goes on after its caller was answered, because nobody waits for it and nothing rests on it.

A process that dies takes it along. So it is only for work that something else makes up for later.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

_AT_ONCE = 200  # beyond that callers wait: a place that has become slow must not fill the memory
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Runs work beside its callers, in one event loop, a bounded number at a time."""

    _running: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    async def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start work; waits first while too much is under way. What it raises is logged."""
        while len(self._running) >= _AT_ONCE:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(work)
        self._running.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._ended)

    async def done(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("work in the background failed", exc_info=error)
