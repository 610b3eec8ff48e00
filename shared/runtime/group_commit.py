"""Group commit: the items that many coroutines write to one place share one write at a time.

Items that arrive during a write form the next one. A single item is written at once; under load many share
the cost of one write. Where a write is quick, few items arrive during it: `apart` makes more of them share.
"""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from shared.runtime.errors import TransientError

FLUSH_SECONDS = 60.0

type Outcomes[ResultT] = Sequence[ResultT | Exception]


@dataclass(frozen=True, slots=True, eq=False)
class _Entry[ItemT, ResultT]:
    item: ItemT
    outcome: asyncio.Future[ResultT]


@dataclass(slots=True, eq=False)
class _Line[ItemT, ResultT]:
    """What waits on one event loop, and the task that writes it.

    `suspects` are parts of a batch that could not be written as a whole: each is written alone, last first.
    """

    loop: asyncio.AbstractEventLoop
    waiting: deque[_Entry[ItemT, ResultT]] = field(default_factory=deque)
    suspects: list[Sequence[_Entry[ItemT, ResultT]]] = field(default_factory=list)
    writer: asyncio.Task[None] | None = None
    last_flush_at: float = -math.inf  # by the clock of the loop

    def next_batch(self, max_items: int) -> Sequence[_Entry[ItemT, ResultT]]:
        """Take out what is written next, empty when nothing waits; what was given up is dropped."""
        while self.suspects:
            if batch := [entry for entry in self.suspects.pop() if not entry.outcome.done()]:
                return batch
        batch = []
        while self.waiting and len(batch) < max_items:
            entry = self.waiting.popleft()
            if not entry.outcome.done():
                batch.append(entry)
        return batch


@dataclass(slots=True, eq=False)
class GroupCommit[ItemT, ResultT]:
    """Batches concurrent commits into one flush at a time; every item gets exactly one outcome.

    `flush` writes up to `max_items` items and returns one result or exception per item, in their order. When
    it raises instead:
      TransientError: the place is down; every member of the batch fails with it.
      any other: one item may be the reason; the batch is flushed again in halves until that item is alone.
      So a flush that raises must have written nothing, or be safe to repeat.
    A flush that takes longer than `flush_timeout` seconds is cancelled and left behind, even if it does not
    end; its items fail with TransientError although it may have written them. With `overtakes` it is not
    cancelled: the next flush begins beside it.

    Two flushes begin at least `apart` seconds after each other, unless `max_items` wait. So an item after a
    quiet time is written at once, and any other waits no longer than that.

    An item whose caller has given up is dropped while it waits; once in a flush it is written.
    It belongs to the running event loop; on a new loop it starts anew and drops what waited on the old one.

    Most flushes carry one or two items, so each costs one task and one timer, and each item one timer.
    """

    flush: Callable[[Sequence[ItemT]], Awaitable[Outcomes[ResultT]]]
    max_items: int
    flush_timeout: float = FLUSH_SECONDS
    apart: float = 0.0
    overtakes: bool = False
    _line: _Line[ItemT, ResultT] | None = field(init=False, default=None)
    _left_behind: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        if self.max_items < 1:
            raise ValueError("max_items must be at least 1")

    async def commit(self, item: ItemT, deadline: float) -> ResultT:
        """Write one item and return its result, or raise its error.

        TransientError: the outcome was not known within `deadline` seconds.
        """
        line = self._line_of_loop()
        outcome: asyncio.Future[ResultT] = line.loop.create_future()
        line.waiting.append(_Entry(item, outcome))
        if line.writer is None:
            self._start_writer(line)
        given_up = line.loop.call_later(deadline, _give_up, outcome, deadline)
        try:
            return await outcome
        finally:
            given_up.cancel()

    def _line_of_loop(self) -> _Line[ItemT, ResultT]:
        loop = asyncio.get_running_loop()
        if self._line is None or self._line.loop is not loop:
            self._line, self._left_behind = _Line(loop), set()
        return self._line

    def _start_writer(self, line: _Line[ItemT, ResultT]) -> None:
        # an empty context: the writer serves many callers and may be logged under none of them
        line.writer = line.loop.create_task(self._write(line), context=Context())

    async def _write(self, line: _Line[ItemT, ResultT]) -> None:
        task = asyncio.current_task()
        batch: Sequence[_Entry[ItemT, ResultT]] = ()
        try:
            await self._keep_apart(line)
            while batch := line.next_batch(self.max_items):
                line.last_flush_at = line.loop.time()
                too_long = line.loop.call_later(self.flush_timeout, self._leave_behind, line, batch)
                try:
                    await self._settle(line, batch)
                finally:
                    too_long.cancel()
                if line.writer is not task:  # it was left behind; another one, if any, writes what waits
                    if line.suspects and line.writer is None:
                        self._start_writer(line)
                    return
                await self._keep_apart(line)
        finally:
            if line.writer is task:
                line.writer = None
                left = [*batch, *line.waiting, *chain(*line.suspects)]
                _fail(left, TransientError("the writer was stopped"))
                line.waiting.clear()
                line.suspects.clear()

    async def _keep_apart(self, line: _Line[ItemT, ResultT]) -> None:
        if not self.apart or line.suspects:
            return
        pause = line.last_flush_at + self.apart - line.loop.time()
        if pause > 0 and 0 < len(line.waiting) < self.max_items:
            await asyncio.sleep(pause)

    async def _settle(self, line: _Line[ItemT, ResultT], batch: Sequence[_Entry[ItemT, ResultT]]) -> None:
        """Write a batch and tell the outcomes, or put its halves aside to be written alone."""
        try:
            outcomes = await self.flush([entry.item for entry in batch])
        except TransientError as error:
            _fail(batch, error)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            _fail(batch, TransientError("a write was cancelled"))
        except Exception as error:  # noqa: BLE001  every item gets its outcome
            if len(batch) == 1:
                _fail(batch, error)
                return
            middle = len(batch) // 2
            line.suspects += (batch[middle:], batch[:middle])
        else:
            if len(outcomes) != len(batch):
                _fail(batch, RuntimeError(f"{len(outcomes)} outcomes for {len(batch)} items"))
                return
            for entry, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Exception):
                    _fail((entry,), outcome)
                elif not entry.outcome.done():
                    entry.outcome.set_result(outcome)

    def _leave_behind(self, line: _Line[ItemT, ResultT], batch: Sequence[_Entry[ItemT, ResultT]]) -> None:
        """Give up the flush under way, or let it end by itself, and let another writer go on."""
        if (writer := line.writer) is not None:
            self._left_behind.add(writer)  # the loop itself holds tasks only weakly
            writer.add_done_callback(self._forget)
        if not self.overtakes:
            if writer is not None:
                writer.cancel()
            _fail(batch, TransientError(f"a write was abandoned after {self.flush_timeout:g} s"))
        self._start_writer(line)

    def _forget(self, writer: asyncio.Task[None]) -> None:
        self._left_behind.discard(writer)
        if not writer.cancelled():
            writer.exception()  # nobody waits for it any more


def _give_up(outcome: asyncio.Future[Any], deadline: float) -> None:
    _refuse(outcome, TransientError(f"not known to be written after {deadline:g} s"))


def _fail[ItemT, ResultT](entries: Sequence[_Entry[ItemT, ResultT]], error: Exception) -> None:
    for entry in entries:
        _refuse(entry.outcome, error)


def _refuse(outcome: asyncio.Future[Any], error: Exception) -> None:
    if not outcome.done():
        outcome.set_exception(error)
        outcome.exception()  # seen, also when the caller is cancelled at this very moment
