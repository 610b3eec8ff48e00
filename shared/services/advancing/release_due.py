"""Wakes every shipment whose agenda row is due, and moves the row to its next visit.

First come the rows that only wait for their time. Then come the rows of shipments whose work is on its way
through the queues. They are due once the queues have come that far, so that a backlog does not grow by
visits, and at the end of their lives in any case. Finding out may take long where the queues are slow to
answer, so meanwhile the first kind is looked for again and again.

All shards are worked through side by side, so neither a large one nor one that answers slowly delays the
others. A pass over an agenda with nothing due is two short queries for each shard, and no message.

Wakes are sent before rows move. A move that is lost wakes twice, a wake that is lost is repeated at the next
visit.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.orders.decision import FIRST_VISITS
from shared.domain.orders.lifetime import LONGEST_LIFE
from shared.ports.tables import RowOperationError
from shared.records.agenda_entry import LANES, AgendaEntry
from shared.runtime.clock import Clock
from shared.runtime.errors import NotificationsError, TransientError
from shared.services.advancing.backlog import Backlog
from shared.services.handling.work_queues import WorkQueues
from shared.services.measures import OLDEST_DUE
from shared.storage.agenda import Agenda, DueRows
from shared.storage.keys import SHARDS

CHUNK_ROWS = 200
RUN_SECONDS = 40.0  # of the 90 that no handler may exceed
_AGAIN_SECONDS = 5.0
_LATE = timedelta(minutes=1)  # the timer runs every few seconds
_log = logging.getLogger(__name__)

type _Due = Callable[[datetime], Awaitable[DueRows]]
type _Step = Callable[[str, timedelta, float], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDue:
    """One pass over all shards."""

    agenda: Agenda
    work_queues: WorkQueues
    backlog: Backlog
    clock: Clock

    async def __call__(self, *, late: timedelta = timedelta(0)) -> int:
        """Wake what has been due for `late`; return how many shipments were woken.

        A failure in one shard stops no other; an unexpected error is raised at the end.
        """
        stop_at = time.monotonic() + RUN_SECONDS
        released = await self._release_shards(self._release_timely, late, stop_at)
        async with asyncio.TaskGroup() as side:
            under_way = side.create_task(self._release_shards(self._release_under_way, late, stop_at))
            while not (await asyncio.wait({under_way}, timeout=_AGAIN_SECONDS))[0]:
                released += await self._release_shards(self._release_timely, late, stop_at)
        released += under_way.result()
        if unexpected := [each for each in released if isinstance(each, Exception)]:
            raise unexpected[0]
        return sum(each for each in released if isinstance(each, int))

    async def _release_shards(self, step: _Step, late: timedelta, stop_at: float) -> list[int | Exception]:
        """Work through all shards side by side; return the outcome of each."""
        return await asyncio.gather(*(self._release_shard(step, shard, late, stop_at) for shard in SHARDS))

    async def _release_shard(
        self, step: _Step, shard: str, late: timedelta, stop_at: float
    ) -> int | Exception:
        """Return how many shipments were woken, or the unexpected error that ended the work on a shard."""
        try:
            return await step(shard, late, stop_at)
        except NotificationsError as error:
            _log.warning("agenda shard %s is left for the next pass: %s", shard, error)
            return 0
        except Exception as error:  # noqa: BLE001  it must not stop the other shards
            _log.exception("agenda shard %s could not be worked through", shard)
            return error

    async def _release_timely(self, shard: str, late: timedelta, stop_at: float) -> int:
        async def due(now: datetime) -> DueRows:
            found = await self.agenda.due(shard, now - late, CHUNK_ROWS)
            lag = (now - found.entries[0].due_at).total_seconds() if found.entries else 0.0
            OLDEST_DUE.put(lag)
            if lag > _LATE.total_seconds():
                _log.warning("agenda shard %s is %d s late", shard, lag)
            return found

        return await self._release_all(shard, due, stop_at)

    async def _release_under_way(self, shard: str, late: timedelta, stop_at: float) -> int:
        """Wake what should have come through the queues; no lane waits for the queues of another."""
        if not await self.agenda.is_under_way(shard):
            return 0
        released = 0
        for lane in LANES:

            async def due(now: datetime, lane: str = lane) -> DueRows:
                found = await self.agenda.due(shard, now - late, CHUNK_ROWS, lane)
                if not found.entries:
                    return found
                # a first visit looks for work that was enqueued that long before
                passed = await self.backlog.passed(lane)
                ended = now - LONGEST_LIFE
                before = (ended if passed is None else max(passed, ended)) + FIRST_VISITS[0]
                return DueRows([entry for entry in found.entries if entry.due_at < before], found.unreadable)

            released += await self._release_all(shard, due, stop_at)
        return released

    async def _release_all(self, shard: str, due: _Due, stop_at: float) -> int:
        released = 0
        while time.monotonic() < stop_at:
            found = await due(self.clock.now())
            if found.entries:
                await self._release(shard, found.entries)
            released += len(found.entries)
            for row in found.unreadable:
                await self.agenda.set_aside(row)
            if len(found.entries) + len(found.unreadable) < CHUNK_ROWS:
                break
        return released

    async def _release(self, shard: str, entries: list[AgendaEntry]) -> None:
        now = self.clock.now()
        moves = [(entry, entry.visited(now)) for entry in entries]
        await self.work_queues.wake_moved(moves)
        for outcome in await self.agenda.move_all(shard, moves):
            if isinstance(outcome, RowOperationError) and outcome.status == 404:
                _log.info("an agenda row was moved by another process: %s", outcome)
            elif isinstance(outcome, Exception):
                # it is still due, so to go on now would wake it again and again
                raise TransientError(f"woken, but its agenda row has not moved: {outcome}") from outcome
