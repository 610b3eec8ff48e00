"""Stores the outcomes of notifications: merged into their row by precedence, and retried until stored.

A write starts from the row as its caller knows it. If that is old, the ETag refuses the write, and the row is
read.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from shared.domain.orders.ids import ItemId
from shared.domain.orders.notification import Outcome
from shared.domain.orders.order import Channel
from shared.domain.orders.shipment import Claim, ShipmentState
from shared.domain.trace.events import Event
from shared.records.messages import OutcomeNews
from shared.records.shipment_rows import StoredShipment
from shared.runtime.bounded import Bounded
from shared.runtime.clock import Clock
from shared.runtime.errors import ConflictError, TransientError
from shared.runtime.group_commit import GroupCommit
from shared.services.handling.work_queues import WorkQueues
from shared.storage.orders import OrderTable

_ROUNDS = 8
_FIRST_PAUSE_SECONDS = 0.02
_PAGE_SECONDS = 30.0
_NEWS_PER_WRITE = 200
_PAGES_AT_ONCE = 256
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOutcomes:
    """Merges outcomes into the row of their shipment, and queues news for the feed when that ends it."""

    orders: OrderTable
    work_queues: WorkQueues
    clock: Clock
    _pages: Bounded[ItemId, GroupCommit[tuple[int, Outcome], bool]] = field(
        init=False, default_factory=lambda: Bounded(_PAGES_AT_ONCE)
    )

    async def __call__(
        self,
        stored: StoredShipment,
        outcomes: Mapping[int, Outcome],
        *,
        end_claim: Channel | None = None,
        leaving: Claim | None = None,
        meet: Callable[[Mapping[int, Outcome]], Awaitable[Mapping[int, Outcome]]] | None = None,
        wait: tuple[Channel, datetime] | None = None,
        events: Sequence[Event] = (),
    ) -> StoredShipment:
        """Record outcomes by slot, starting from the row as it is known; return the row as stored.

        `end_claim` is a channel: `leaving` replaces our claim on it, unless another process has taken over.
        `wait` is a channel and the time until which its work waits as a scheduled copy.
        `events` came before these outcomes; if nothing else is to be stored, they are not either.
        `meet` returns the outcomes that change because of reports which came earlier. It is called first.
        Outcomes that cannot be stored now are queued as news; TransientError when that fails too.
        """
        mine = None if end_claim is None else stored.state.claims.get(end_claim)

        def changed(state: ShipmentState) -> ShipmentState:
            if end_claim is not None and _is_same(state.claims.get(end_claim), mine):
                state = state.with_claim(end_claim, leaving)
            if wait is not None and state.unsent(wait[0]):
                state = state.with_wait(*wait)
            return state

        if meet is not None:
            outcomes = {**outcomes, **await meet(outcomes)}
        try:
            return await self._store(stored, outcomes, changed, events)
        except (ConflictError, TransientError) as error:
            _log.warning("outcomes of %s could not be stored and are queued: %s", stored.item, error)
        for slot, outcome in outcomes.items():
            channel = next(n.channel for n in stored.state.notifications if n.slot == slot)
            await self.keep(stored.item.of_notification(slot), channel, outcome)
        return stored

    async def keep(self, notification: ItemId, channel: Channel, outcome: Outcome) -> None:
        """Queue an outcome for another try; TransientError when the queue does not take it."""
        await self.work_queues.keep_outcome(OutcomeNews(notification, channel, outcome), self.clock.now())

    async def of_notification(
        self, notification: ItemId, outcome: Outcome, known: StoredShipment | None = None
    ) -> bool:
        """Record an outcome of one notification; False when there is no such notification.

        `known` is its row as the caller has it. Outcomes on one page of a large order share its writes.
        """
        if notification.page:
            group = self._pages.made(notification.row, lambda: self._new_group(notification.row))
            return await group.commit((notification.slot, outcome), _PAGE_SECONDS)
        return (await self._apply(notification.row, [(notification.slot, outcome)], known))[0]

    def _new_group(self, row: ItemId) -> GroupCommit[tuple[int, Outcome], bool]:
        return GroupCommit(partial(self._apply, row), max_items=_NEWS_PER_WRITE)

    async def _apply(
        self, row: ItemId, news: Sequence[tuple[int, Outcome]], known: StoredShipment | None = None
    ) -> list[bool]:
        stored = known or await self.orders.load_as_written(row)
        slots = set() if stored is None else {n.slot for n in stored.state.notifications}
        waiting = [item for item in news if item[0] in slots]
        while waiting and stored is not None:
            once = dict(reversed(waiting))  # one outcome per notification and write
            stored = await self._store(stored, once)
            waiting = [(slot, outcome) for slot, outcome in waiting if once[slot] is not outcome]
        return [slot in slots for slot, _ in news]

    async def _store(
        self,
        stored: StoredShipment,
        outcomes: Mapping[int, Outcome],
        changed: Callable[[ShipmentState], ShipmentState] = lambda state: state,
        events: Sequence[Event] = (),
    ) -> StoredShipment:
        error: Exception = ConflictError("the row stayed contended")
        for round_ in range(_ROUNDS):
            noted = stored.state.noting(*events)
            state = changed(noted.with_outcomes(outcomes, self.clock.now()))
            if state == stored.state:
                return stored
            try:
                saved = await self.orders.save(stored, state)
            except ConflictError as conflict:
                error = conflict
            except TransientError as lost:
                error = lost
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**round_ * random.uniform(0.5, 1.5))  # noqa: S311  jitter
            else:
                if saved.closed is not None:
                    await self.work_queues.publish(saved.closed)
                return saved.stored
            stored = await self._reload(stored)
        raise error

    async def _reload(self, stored: StoredShipment) -> StoredShipment:
        try:
            return await self.orders.load_as_written(stored.item) or stored
        except TransientError:
            return stored


def _is_same(claim: Claim | None, mine: Claim | None) -> bool:
    return claim is not None and mine is not None and claim.token == mine.token
