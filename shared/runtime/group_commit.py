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

from shared.runtime.errors import TransientError

_FLUSH_SECONDS = 60.0

type Outcomes[ResultT] = Sequence[ResultT | Exception]


@dataclass(frozen=True, slots=True, eq=False)
class _Entry[ItemT, ResultT]:
    item: ItemT
    outcome: asyncio.Future[ResultT]


@dataclass(slots=True, eq=False)
class GroupCommit[ItemT, ResultT]:
    """Batches concurrent commits into one flush at a time; every item gets exactly one outcome.

    `flush` writes up to `max_items` items and returns one result or exception per item, in their order. When
    it raises instead:
      TransientError: the place is down; every member of the batch fails with it.
      any other: one item may be the reason; the batch is flushed again in halves until that item is alone.
      So a flush that raises must have written nothing, or be safe to repeat.
    A flush that takes longer than `flush_timeout` seconds is cancelled and left behind, even if it does not
    end; its items fail with TransientError although it may have written them.

    Two flushes begin at least `apart` seconds after each other, unless `max_items` wait. So an item after a
    quiet time is written at once, and any other waits no longer than that.

    An item whose caller has given up is dropped while it waits; once in a flush it is written.
    It belongs to the running event loop; on a new loop it starts anew and drops what waited on the old one.
    """

    flush: Callable[[Sequence[ItemT]], Awaitable[Outcomes[ResultT]]]
    max_items: int
    flush_timeout: float = _FLUSH_SECONDS
    apart: float = 0.0
    _waiting: deque[_Entry[ItemT, ResultT]] = field(init=False, default_factory=deque)
    _writer: asyncio.Task[None] | None = field(init=False, default=None)
    _loop: asyncio.AbstractEventLoop | None = field(init=False, default=None)
    _left_behind: set[asyncio.Future[Outcomes[ResultT]]] = field(init=False, default_factory=set)
    _last_flush_at: float = field(init=False, default=-math.inf)  # by the clock of the loop

    def __post_init__(self) -> None:
        if self.max_items < 1:
            raise ValueError("max_items must be at least 1")

    async def commit(self, item: ItemT, deadline: float) -> ResultT:
        """Write one item and return its result, or raise its error.

        TransientError: the outcome was not known within `deadline` seconds.
        """
        outcome = self._enqueue(item)
        try:
            async with asyncio.timeout(deadline):
                return await outcome
        except TimeoutError as error:
            if outcome.cancelled():
                raise TransientError(f"not known to be written after {deadline:g} s") from error
            return outcome.result()  # became known at the last moment, or is a TimeoutError itself

    def _enqueue(self, item: ItemT) -> asyncio.Future[ResultT]:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._writer, self._waiting, self._left_behind = loop, None, deque(), set()
            self._last_flush_at = -math.inf
        outcome: asyncio.Future[ResultT] = loop.create_future()
        self._waiting.append(_Entry(item, outcome))
        if self._writer is None or self._writer.done():
            # an empty context: the writer serves many callers and may be logged under none of them
            self._writer = loop.create_task(self._write(self._waiting), context=Context())
        return outcome

    async def _write(self, waiting: deque[_Entry[ItemT, ResultT]]) -> None:
        batch: list[_Entry[ItemT, ResultT]] = []
        try:
            await self._keep_apart(waiting)
            while batch := self._next_batch(waiting):
                self._last_flush_at = asyncio.get_running_loop().time()
                await self._settle(batch)
                await self._keep_apart(waiting)
        finally:
            _fail([*batch, *waiting], TransientError("the writer was stopped"))
            waiting.clear()

    async def _keep_apart(self, waiting: deque[_Entry[ItemT, ResultT]]) -> None:
        pause = self._last_flush_at + self.apart - asyncio.get_running_loop().time()
        if pause > 0 and 0 < len(waiting) < self.max_items:
            await asyncio.sleep(pause)

    def _next_batch(self, waiting: deque[_Entry[ItemT, ResultT]]) -> list[_Entry[ItemT, ResultT]]:
        batch: list[_Entry[ItemT, ResultT]] = []
        while waiting and len(batch) < self.max_items:
            entry = waiting.popleft()
            if not entry.outcome.done():
                batch.append(entry)
        return batch

    async def _settle(self, batch: Sequence[_Entry[ItemT, ResultT]]) -> None:
        try:
            outcomes = await self._flush_in_time([entry.item for entry in batch])
        except TransientError as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001  every item gets its outcome
            if len(batch) == 1:
                _fail(batch, error)
                return
            middle = len(batch) // 2
            await self._settle(batch[:middle])
            await self._settle(batch[middle:])
        else:
            if len(outcomes) != len(batch):
                _fail(batch, RuntimeError(f"{len(outcomes)} outcomes for {len(batch)} items"))
                return
            for entry, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Exception):
                    _fail((entry,), outcome)
                elif not entry.outcome.done():
                    entry.outcome.set_result(outcome)

    async def _flush_in_time(self, items: Sequence[ItemT]) -> Outcomes[ResultT]:
        flush = asyncio.ensure_future(self.flush(items))
        try:
            await asyncio.wait((flush,), timeout=self.flush_timeout)
        finally:
            if not flush.done():
                self._leave_behind(flush)
        if not flush.done():
            raise TransientError(f"a write was abandoned after {self.flush_timeout:g} s")
        if flush.cancelled():
            raise TransientError("a write was cancelled")
        return flush.result()

    def _leave_behind(self, flush: asyncio.Future[Outcomes[ResultT]]) -> None:
        self._left_behind.add(flush)  # the loop itself holds tasks only weakly
        flush.add_done_callback(self._forget)
        flush.cancel()

    def _forget(self, flush: asyncio.Future[Outcomes[ResultT]]) -> None:
        self._left_behind.discard(flush)
        if not flush.cancelled():
            flush.exception()  # nobody waits for it any more


def _fail[ItemT, ResultT](entries: Sequence[_Entry[ItemT, ResultT]], error: Exception) -> None:
    for entry in entries:
        if not entry.outcome.done():
            entry.outcome.set_exception(error)
            entry.outcome.exception()  # seen, also when the caller is cancelled at this very moment
