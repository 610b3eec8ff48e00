"""Purges what is old of one owner, led by the old end of its feed: first the content, later everything.

Rows are treated many at a time, each by itself. What leads to a row is deleted after it, so a run may end
anywhere, and the next one goes on there: also in the midst of a large order, whose pages are emptied some at
a time and are not touched again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from shared.domain.orders.order import Channel
from shared.domain.orders.retention import is_emptied
from shared.records.order_rows import StoredOrder
from shared.runtime.run_time import RunTime
from shared.services.keeping.purge_each import settle, side_by_side
from shared.storage.feed.feed_tail import FeedTail, OldRow, OwnerRow
from shared.storage.gateway_references import GatewayReferences
from shared.storage.notification_log import NotificationLog
from shared.storage.order_purge import OldOrder, OrderPurge
from shared.storage.orders import OrderTable
from shared.storage.senders_references import SendersReferences

_AT_ONCE = 32
_LARGE_AT_ONCE = 4  # of them; each holds some pages in memory

type _Outcomes = Sequence[bool | BaseException]


@dataclass(frozen=True, slots=True)
class _Stage:
    """What is done, `keep` after a shipment ended, to what the oldest rows lead to, and then to the rows."""

    oldest: Callable[[str], Awaitable[list[OldRow]]]
    keep: timedelta
    act: Callable[[str, Sequence[OldRow], RunTime], Awaitable[_Outcomes]]
    leave: Callable[[str, Sequence[OldRow]], Awaitable[None]]


class PurgeFeed:
    """The stages through which the shipments of an owner are forgotten."""

    def __init__(
        self,
        *,
        orders: OrderTable,
        purge: OrderPurge,
        tail: FeedTail,
        log: NotificationLog,
        gateway_references: GatewayReferences,
        senders_references: SendersReferences,
        content_retention: timedelta,
        metadata_retention: timedelta,
    ) -> None:
        self._orders = orders
        self._purge = purge
        self._tail = tail
        self._log = log
        self._gateway_references = gateway_references
        self._senders_references = senders_references
        self._content = content_retention
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._large_gate = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._stages = (
            _Stage(tail.oldest_entries, content_retention, self._strip, tail.shorten),
            _Stage(tail.oldest_hidden, content_retention, self._strip, tail.shorten),
            _Stage(tail.oldest_tails, metadata_retention, self._forget, tail.drop),
        )

    async def __call__(self, row: OwnerRow, now: datetime, run: RunTime) -> datetime:
        """Purge what is old until the run is over; return when the next of what is left is due, or was."""
        if run.is_over():
            return row.due_at
        due = min([await self._walk(stage, row.owner, now, run) for stage in self._stages])
        await self._tail.drop_days(row.owner, now - self._content)
        await self._tail.postpone(row, due)
        return due

    async def _walk(self, stage: _Stage, owner: str, now: datetime, run: RunTime) -> datetime:
        """Treat what is old, oldest first; return when the next of what is left is due, or was."""
        while rows := await stage.oldest(owner):
            due = min(row.ended_at for row in rows) + stage.keep
            old = [row for row in rows if row.ended_at + stage.keep <= now]
            if not old or run.is_over():
                return due
            await settle(
                old,
                await stage.act(owner, old, run),
                leave=partial(stage.leave, owner),
                set_aside=partial(self._tail.set_aside, owner),
            )
        return now + stage.keep

    async def _strip(self, owner: str, rows: Sequence[OldRow], run: RunTime) -> _Outcomes:
        """Take its content from each shipment and from everything that was derived from it."""
        return await side_by_side(rows, partial(self._strip_one, owner, run), self._gate)

    async def _strip_one(self, owner: str, run: RunTime, row: OldRow) -> bool:
        if run.is_over():
            return False
        stored = await self._orders.load(row.item)
        if stored is None:
            return True
        if not stored.state.pages:
            await self._strip_rows(owner, [stored])
            return True
        async with self._large_gate:
            async for pages in self._orders.pages.some(stored):
                if run.is_over():
                    return False
                await self._strip_rows(owner, pages)
            await self._purge.strip_large(stored)
        return True

    async def _strip_rows(self, owner: str, rows: Sequence[StoredOrder]) -> None:
        """Take its content from an order, or from pages of one, unless they have lost it."""
        left = [row for row in rows if not is_emptied(row.order.recipients, row.state)]
        if not left:
            return
        order = left[0].order
        await self._log.remove(owner, order.dialog_id, order.transmission_id, [str(row.item) for row in left])
        await self._gateway_references.remove(
            notification.reference
            for row in left
            for notification in row.state.notifications
            if notification.channel is Channel.SMS and notification.reference is not None
        )
        await self._purge.strip(left)

    async def _forget(self, owner: str, rows: Sequence[OldRow], run: RunTime) -> _Outcomes:
        """Delete each shipment, after the index that leads to it."""
        found = await side_by_side(rows, lambda row: self._purge.load(row.item), self._gate)
        refused = await self._unlist(owner, [old for old in found if isinstance(old, OldOrder)])
        return await side_by_side(found, partial(self._forget_one, run, refused), self._gate)

    async def _unlist(self, owner: str, orders: Sequence[OldOrder]) -> Mapping[str | None, BaseException]:
        """Remove the index by reference of all orders; return what went wrong, by reference."""
        groups: dict[str, list[OldOrder]] = defaultdict(list)
        for old in orders:
            if old.reference is not None:
                groups[old.reference].append(old)
        removed = await side_by_side(
            groups.items(), lambda group: self._senders_references.remove(owner, *group), self._gate
        )
        return {
            reference: error for reference, error in zip(groups, removed, strict=True) if error is not None
        }

    async def _forget_one(
        self,
        run: RunTime,
        refused: Mapping[str | None, BaseException],
        old: OldOrder | BaseException | None,
    ) -> bool:
        if old is None:
            return True
        if isinstance(old, BaseException):
            raise old
        if old.reference in refused:
            raise refused[old.reference]
        if run.is_over():
            return False
        await self._purge.forget(old)
        return True
