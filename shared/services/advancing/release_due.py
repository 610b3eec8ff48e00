"""Wakes every shipment whose agenda row is due, and moves the row to the next visit.

First come the rows that only wait for their time. Then those of shipments whose work is on its way through
the queues: they are due once the queues have come that far, so that no backlog grows by being asked after,
and at the end of their lives anyway.

Wakes go out before rows move: a lost move wakes twice, a lost wake is repeated at the next visit.
"""

import logging
import random
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.domain.orders.decision import FIRST_VISITS, visit_after
from shared.domain.orders.lifetime import LONGEST_LIFE
from shared.ports.tables import RowOperationError
from shared.records.agenda_entry import LANES, AgendaEntry
from shared.runtime.clock import Clock
from shared.runtime.errors import NotificationsError, TransientError
from shared.services.advancing.backlog import Backlog
from shared.services.advancing.hand_over import HandOver
from shared.storage.agenda import Agenda, DueRows
from shared.storage.keys import AGENDA_SHARDS

CHUNK_ROWS = 200
RUN_SECONDS = 40.0  # of the 90 that no handler may exceed
_LATE = timedelta(minutes=1)  # the timer runs every few seconds
_log = logging.getLogger(__name__)

type _Due = Callable[[datetime], Awaitable[DueRows]]


class ReleaseDue:
    """One pass over all shards."""

    def __init__(self, *, agenda: Agenda, hand_over: HandOver, backlog: Backlog, clock: Clock) -> None:
        self._agenda = agenda
        self._hand_over = hand_over
        self._backlog = backlog
        self._clock = clock

    async def __call__(self, *, late: timedelta = timedelta(0)) -> int:
        """Release what has been due for `late` and return how many shipments were woken.

        What fails in one shard stops no other; an unexpected error is raised when all have been seen.
        """
        stop_at = time.monotonic() + RUN_SECONDS
        shards = list(AGENDA_SHARDS)
        random.shuffle(shards)  # so that a large one does not keep the others waiting pass after pass
        released, unexpected = 0, None
        for step in (self._release_timely, self._release_under_way):
            for shard in shards:
                try:
                    released += await step(shard, late, stop_at)
                except NotificationsError as error:
                    _log.warning("agenda shard %s is left for the next pass: %s", shard, error)
                except Exception as error:  # noqa: BLE001  it must not stop the other shards
                    _log.exception("agenda shard %s could not be worked through", shard)
                    unexpected = error
        if unexpected is not None:
            raise unexpected
        return released

    async def _release_timely(self, shard: str, late: timedelta, stop_at: float) -> int:
        async def due(now: datetime) -> DueRows:
            found = await self._agenda.due(shard, now - late, CHUNK_ROWS)
            if found.entries and now - found.entries[0].due_at > _LATE:
                lag = (now - found.entries[0].due_at).total_seconds()
                _log.warning("agenda shard %s is %d s late", shard, lag)
            return found

        return await self._release_all(shard, due, stop_at)

    async def _release_under_way(self, shard: str, late: timedelta, stop_at: float) -> int:
        """Release what should have come through the queues: no lane waits for the queues of another."""
        if not await self._agenda.is_under_way(shard):
            return 0
        released = 0
        for lane in LANES:

            async def due(now: datetime, lane: str = lane) -> DueRows:
                found = await self._agenda.due_under_way(shard, lane, now - late, CHUNK_ROWS)
                if not found.entries:
                    return found
                # a first visit looks for what was handed over that long before
                passed = await self._backlog.passed(lane)
                ended = now - LONGEST_LIFE
                before = (ended if passed is None else max(passed, ended)) + FIRST_VISITS[0]
                return DueRows([entry for entry in found.entries if entry.due_at < before], found.unreadable)

            released += await self._release_all(shard, due, stop_at)
        return released

    async def _release_all(self, shard: str, due: _Due, stop_at: float) -> int:
        released = 0
        while time.monotonic() < stop_at:
            found = await due(self._clock.now())
            if found.entries:
                await self._release(shard, found.entries)
            released += len(found.entries)
            for row in found.unreadable:
                await self._agenda.set_aside(row)
            if len(found.entries) + len(found.unreadable) < CHUNK_ROWS:
                break
        return released

    async def _release(self, shard: str, entries: list[AgendaEntry]) -> None:
        now = self._clock.now()
        moves = [
            (
                entry,
                entry.moved(visit_after(entry.visits, now, entry.deadline), visits=entry.visits + 1),
            )
            for entry in entries
        ]
        await self._hand_over.release(moves)
        for outcome in await self._agenda.move_all(shard, moves):
            if isinstance(outcome, RowOperationError) and outcome.status == 404:
                _log.info("an agenda row was moved by somebody else: %s", outcome)
            elif isinstance(outcome, Exception):
                # it is still due: to go on now would wake it again and again
                raise TransientError(f"woken, but still where it was: {outcome}") from outcome
