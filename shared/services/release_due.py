"""Wakes every shipment whose agenda row is due, and moves the row to the next visit.

Wakes go out before rows move: a lost move wakes twice, a lost wake is repeated at the next visit.
"""

import logging
from datetime import timedelta

from shared.clock import Clock
from shared.domain.shipment import visit_after
from shared.errors import TransientError
from shared.messaging.envelope import Wake
from shared.ports import RowOperationError
from shared.services.hand_over import HandOver
from shared.storage.agenda import Agenda, AgendaEntry, moved_entry
from shared.storage.keys import AGENDA_SHARDS

CHUNK_ROWS = 200
MAX_STUCK_PER_PASS = 100  # per shard: a backlog is not made worse by asking after it
LATE = timedelta(minutes=1)  # the timer runs every few seconds
_log = logging.getLogger(__name__)


class ReleaseDue:
    """One pass over all shards."""

    def __init__(self, *, agenda: Agenda, hand_over: HandOver, clock: Clock) -> None:
        self._agenda = agenda
        self._hand_over = hand_over
        self._clock = clock

    async def __call__(self) -> int:
        """Release what is due and return how many shipments were woken."""
        released = 0
        for shard in AGENDA_SHARDS:
            try:
                released += await self._release_shard(shard)
            except TransientError as error:
                _log.warning("agenda shard %s is left for the next pass: %s", shard, error)
        return released

    async def _release_shard(self, shard: str) -> int:
        released, stuck = 0, 0
        while True:
            now = self._clock.now()
            due = await self._agenda.due(shard, now, CHUNK_ROWS)
            if due and now - due[0].due_at > LATE:
                _log.warning("agenda shard %s is %d s late", shard, (now - due[0].due_at).total_seconds())
            first = [entry for entry in due if entry.visits == 0]
            later = [entry for entry in due if entry.visits > 0][: MAX_STUCK_PER_PASS - stuck]
            chunk = first + later
            if chunk:
                await self._release(shard, chunk)
            released, stuck = released + len(chunk), stuck + len(later)
            if len(due) < CHUNK_ROWS or not chunk:
                return released

    async def _release(self, shard: str, entries: list[AgendaEntry]) -> None:
        now = self._clock.now()
        moves = [
            (
                entry,
                moved_entry(entry, visit_after(entry.visits, now, entry.deadline), visits=entry.visits + 1),
            )
            for entry in entries
        ]
        await self._hand_over.wake_all([Wake(moved) for _, moved in moves])
        for outcome in await self._agenda.move_all(shard, moves):
            if isinstance(outcome, RowOperationError) and outcome.status == 404:
                _log.info("an agenda row was moved by somebody else: %s", outcome)
            elif isinstance(outcome, Exception):
                # it is still due: to go on now would wake it again and again
                raise TransientError(f"woken, but still where it was: {outcome}") from outcome
