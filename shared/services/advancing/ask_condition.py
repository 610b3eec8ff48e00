"""Asks a sender whether a shipment is still wanted, apart from all other work: the answer may take long.

A question for which there is no place now is put off as a scheduled copy, and so takes none that others need.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.orders.condition import ConditionAnswer, ConditionPolicy
from shared.domain.orders.shipment import LATE_COPY, condition_answered
from shared.records.agenda_entry import AgendaEntry
from shared.records.messages import Wake
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import ConflictError
from shared.services.advancing.put_question import PutQuestion
from shared.services.handling.work_queues import WorkQueues
from shared.services.times import Times
from shared.storage.agenda import Agenda
from shared.storage.orders import OrderTable

_ROUNDS = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCondition:
    """Handles one question."""

    orders: OrderTable
    agenda: Agenda
    work_queues: WorkQueues
    put_question: PutQuestion
    condition_policy: ConditionPolicy
    times: Times

    async def __call__(self, wake: Wake) -> None:
        """Ask if that is still due, record the answer, and wake the shipment."""
        stored = await self.orders.load(wake.entry.item)
        if stored is None or not self._is_due(stored):
            return
        answer = await self.put_question(stored.creator, stored.order.condition_endpoint or "")
        if answer is None:
            await self._put_off(wake.entry, self.put_question.pause(stored.creator))
        else:
            await self._record(stored, answer, wake.entry)

    def _is_due(self, stored: StoredShipment) -> bool:
        decision = self.times.decide(stored.order, stored.state, stored.item, self.times.now())
        return decision.ask_condition

    async def _put_off(self, entry: AgendaEntry, seconds: float) -> None:
        """Schedule a copy; the agenda looks for it afterwards."""
        at = self.times.now() + timedelta(seconds=seconds)
        if at >= entry.due_at:
            due_at = min(at + LATE_COPY, max(entry.deadline, entry.due_at))
            moved = entry.moved(due_at, visits=max(1, entry.visits), asks=True)
            if not await self.agenda.move(entry, moved):
                return  # the shipment was visited meanwhile, so there is another question
            entry = moved
        await self.work_queues.ask_at(Wake(entry), at)

    async def _record(self, stored: StoredShipment, answer: ConditionAnswer, entry: AgendaEntry) -> None:
        """Store the answer as long as it is asked for; then the shipment is closed, or looked at again."""
        now = self.times.now()
        for _ in range(_ROUNDS):
            state = condition_answered(stored.state, answer, now, self.condition_policy)
            try:
                saved = (await self.orders.save(stored, state)).stored
            except ConflictError:
                latest = await self.orders.load(entry.item)
                if latest is None:
                    return
                stored = latest
                if self._is_due(stored):
                    continue
                saved = stored  # the write was ours, and its answer was lost, or another was faster
            if saved.state.status.is_final:
                await self.work_queues.publish(saved, entry.key)
            else:
                await self.work_queues.wake_answered(Wake(entry), now)
            return
        _log.warning("shipment %s stayed contended; the agenda looks again", entry.item)
