"""Purges instant orders that were withdrawn, which are in no feed.

A request with the same id may have claimed the order since. Then it is an order like any other, and only the
index row of the withdrawn try is removed.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from shared.domain.orders.instant_order import InstantStage, stage_of
from shared.domain.orders.order import OrderType
from shared.runtime.errors import ConflictError
from shared.runtime.run_time import RunTime
from shared.services.keeping.purge_each import settle, side_by_side
from shared.storage.access.grouped import MAX_OPERATIONS
from shared.storage.orders import OrderTable
from shared.storage.senders_references import SendersReferences, Withdrawn

_AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeWithdrawn:
    """Walks the list of withdrawn orders, oldest first."""

    orders: OrderTable
    senders_references: SendersReferences
    _gate: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def __call__(self, before: datetime, run: RunTime) -> datetime | None:
        """Purge orders withdrawn before an instant, until the run is over.

        Returns when the oldest that is left was withdrawn; None when none is left.
        """
        while old := await self.senders_references.withdrawn_before(before):
            if run.is_over():
                return old[0].withdrawn_at
            await settle(
                old,
                await side_by_side(old, partial(self._purge, before), self._gate),
                leave=self.senders_references.unlist,
                set_aside=self.senders_references.set_aside,
            )
            if len(old) < MAX_OPERATIONS:
                break
        return None

    async def _purge(self, before: datetime, withdrawn: Withdrawn) -> bool:
        stored = await self.orders.load(withdrawn.item)
        is_withdrawn = (
            stored is not None
            and stored.order.type is OrderType.INSTANT
            and stage_of(stored.order, stored.state, before) is InstantStage.WITHDRAWN
        )
        is_this_try = stored is not None and stored.created_at == withdrawn.created_at
        if is_withdrawn or not is_this_try:
            await self.senders_references.remove_withdrawn(withdrawn)
        if stored is not None and is_withdrawn and stored.state.changed_at < before:
            with suppress(ConflictError):  # a request with its id is claiming it at this moment
                await self.orders.remove(stored)
        return True
