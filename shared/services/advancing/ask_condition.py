"""Asks a sender whether a shipment is still wanted, apart from all other work: the answer may take long.

How many questions are under way is limited per owner and per host. What is over the limit is put off as a
scheduled copy, and so takes no place that others need. A host that stays silent is left alone for a while.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from shared.domain.orders.condition import ConditionAnswer, ConditionPolicy
from shared.domain.orders.shipment import LATE_COPY, condition_answered
from shared.domain.texts.written_url import called_url
from shared.ports.conditions import ConditionEndpoint
from shared.records.agenda_entry import AgendaEntry
from shared.records.messages import Wake
from shared.records.shipment_rows import StoredShipment
from shared.runtime.breaker import Breakers
from shared.runtime.errors import ConflictError
from shared.runtime.fair_shares import FairShares
from shared.services.handling.work_queues import WorkQueues
from shared.services.times import Times
from shared.storage.agenda import Agenda
from shared.storage.orders import OrderTable

QUESTIONS_AT_ONCE = (
    24  # of the 32 messages that are handled at a time: those put off must not wait for an answer
)
FAILURES = 5  # questions in a row to one host that found it silent, before it is left alone
LEFT_ALONE_SECONDS = 30.0  # less than there is between two questions about one shipment
_HOST_SILENT = ConditionAnswer(met=None, reason="host silent")
_ROUNDS = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCondition:
    """Handles one question."""

    orders: OrderTable
    agenda: Agenda
    work_queues: WorkQueues
    condition_endpoint: ConditionEndpoint
    condition_policy: ConditionPolicy
    shares: FairShares
    breakers: Breakers
    times: Times

    async def __call__(self, wake: Wake) -> None:
        """Ask if that is still due, record the answer, and wake the shipment."""
        stored = await self.orders.load(wake.entry.item)
        if stored is None or not self._is_due(stored):
            return
        answer = await self._answer(stored)
        if answer is None:
            await self._put_off(wake.entry, self.shares.pause(stored.creator))
        else:
            await self._record(stored, answer, wake.entry)

    def _is_due(self, stored: StoredShipment) -> bool:
        decision = self.times.decide(stored.order, stored.state, stored.item, self.times.now())
        return decision.ask_condition

    async def _answer(self, stored: StoredShipment) -> ConditionAnswer | None:
        """Return the answer; None when the question has to wait for others."""
        url = called_url(stored.order.condition_endpoint or "")
        owner, host = stored.creator, _host(url)
        with self.shares.held(owner, host) as is_held:
            if not is_held:
                return None
            breaker = self.breakers.of(owner, host)  # so no owner can have another's endpoint left alone
            if not breaker.admits():
                under_way = self.shares.count(owner, host) > 1  # it may show that the host answers
                return None if under_way else _HOST_SILENT
            answer = await self.condition_endpoint.ask(url)
            if not answer.silent:
                breaker.succeeded()
            elif breaker.failed():
                _log.warning(
                    "a host that stays silent is not asked for %d s", LEFT_ALONE_SECONDS, extra={"host": host}
                )
            return answer

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


def _host(url: str) -> str:
    """Return host and port of a URL; nothing if they cannot be told, so it will not be called."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}"
    except ValueError:
        return ""
