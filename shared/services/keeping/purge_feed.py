"""Purges the old shipments of one owner, which it finds in the feed: first their content, later the rest.

Many rows are purged at a time, each by itself. A feed row is deleted after the row that it leads to, so a
run may end anywhere and the next one goes on there. That holds within a large order too: its pages are
emptied some at a time, and emptied ones are left alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import batched

from shared.domain.orders.order import Channel
from shared.domain.orders.retention import is_emptied
from shared.records.shipment_rows import StoredShipment
from shared.runtime.run_time import RunTime
from shared.services.keeping.purge_each import settle, side_by_side
from shared.storage.feed.feed_tail import FeedTail, OldEntry, OwnerRow
from shared.storage.gateway_references import GatewayReferences
from shared.storage.notification_log import NotificationLog
from shared.storage.order_purge import OrderPurge
from shared.storage.orders import OrderTable

_AT_ONCE = 32
_SHIPMENTS_AT_ONCE = 100  # between two looks at the clock
_LARGE_AT_ONCE = 4  # large orders among them; each holds some pages in memory

type _Outcomes = Sequence[bool | BaseException]


@dataclass(frozen=True, slots=True)
class _Stage:
    """One step of purging: `keep` after shipments ended, `act` on them, then take them out of their rows."""

    oldest: Callable[[str], Awaitable[list[OldEntry]]]
    keep: timedelta
    act: Callable[[str, Sequence[OldEntry], RunTime], Awaitable[_Outcomes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeFeed:
    """Runs the stages of purging for one owner."""

    orders: OrderTable
    order_purge: OrderPurge
    feed_tail: FeedTail
    notification_log: NotificationLog
    gateway_references: GatewayReferences
    content_retention: timedelta
    metadata_retention: timedelta
    _gate: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _large_gate: asyncio.Semaphore = field(
        init=False, default_factory=lambda: asyncio.Semaphore(_LARGE_AT_ONCE)
    )

    async def __call__(self, row: OwnerRow, now: datetime, run: RunTime) -> datetime:
        """Purge what is old until the run is over; return when the next shipment is due, or was."""
        if run.is_over():
            return row.due_at
        due = min([await self._walk(stage, row.owner, now, run) for stage in self._stages()])
        await self.feed_tail.drop_days(row.owner, now - self.content_retention)
        await self.feed_tail.postpone(row, due)
        return due

    def _stages(self) -> tuple[_Stage, ...]:
        tail, content = self.feed_tail, self.content_retention
        return (
            _Stage(tail.oldest_entries, content, self._strip),
            _Stage(tail.oldest_hidden, content, self._strip),
            _Stage(tail.oldest_marked, self.metadata_retention, self._forget),
        )

    async def _walk(self, stage: _Stage, owner: str, now: datetime, run: RunTime) -> datetime:
        """Run one stage, oldest rows first; return when the next row is due, or was."""
        while rows := await stage.oldest(owner):
            due = min(row.ended_at for row in rows) + stage.keep
            old = [row for row in rows if row.ended_at + stage.keep <= now]
            if not old or run.is_over():
                return due
            for some in batched(old, _SHIPMENTS_AT_ONCE, strict=False):
                if run.is_over():
                    break
                await settle(
                    some,
                    await stage.act(owner, some, run),
                    leave=partial(self.feed_tail.drop, owner),
                    set_aside=partial(self.feed_tail.set_aside, owner),
                )
        return now + stage.keep

    async def _strip(self, owner: str, rows: Sequence[OldEntry], run: RunTime) -> _Outcomes:
        """Remove the content of shipments, and everything derived from it."""
        return await side_by_side(rows, partial(self._strip_one, owner, run), self._gate)

    async def _strip_one(self, owner: str, run: RunTime, row: OldEntry) -> bool:
        if run.is_over():
            return False
        stored = await self.orders.load(row.item)
        if stored is None:
            return True
        if not stored.state.pages:
            await self._strip_rows(owner, [stored])
            return True
        async with self._large_gate:
            async for pages in self.orders.pages.some(stored):
                if run.is_over():
                    return False
                await self._strip_rows(owner, pages)
            await self.order_purge.strip_large(stored)
        return True

    async def _strip_rows(self, owner: str, rows: Sequence[StoredShipment]) -> None:
        """Remove the content of an order, or of pages of one, where it is still there."""
        left = [row for row in rows if not is_emptied(row.order.recipients, row.state)]
        if not left:
            return
        order = left[0].order
        await self.notification_log.remove(
            owner, order.dialog_id, order.transmission_id, [str(row.item) for row in left]
        )
        await self.gateway_references.remove(
            notification.reference
            for row in left
            for notification in row.state.notifications
            if notification.channel is Channel.SMS and notification.reference is not None
        )
        await self.order_purge.strip(left)

    async def _forget(self, _owner: str, rows: Sequence[OldEntry], run: RunTime) -> _Outcomes:
        """Delete each shipment."""
        return await side_by_side(rows, partial(self._forget_one, run), self._gate)

    async def _forget_one(self, run: RunTime, row: OldEntry) -> bool:
        old = await self.order_purge.load(row.item)
        if old is None:
            return True
        if run.is_over():
            return False
        await self.order_purge.forget(old)
        return True
