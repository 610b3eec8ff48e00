"""Purges what has been kept long enough, a bounded part of it per run; the next run goes on where this ended.

    content     texts, addresses, recipients, the feed entry, the log of the dialog, gateway references,
                and what support can find: `content_retention` after a shipment closed
    the rest    `metadata_retention` after it; what recognises a repeated request stays
    dead        messages that could not be processed hold content: `content_retention` after they were
                recorded
    withdrawn   orders that were never sent are in no feed and hold nothing about anybody: the same time later
    parked      reports of SMS that nobody says to have sent: `content_retention` after they came

Every step may be repeated, and the entry that leads to an order goes after what it leads to.
"""

import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from shared.clock import Clock
from shared.domain.order import Channel
from shared.errors import NotificationsError
from shared.services.purge_each import purge_each
from shared.services.purge_withdrawn import PurgeWithdrawn
from shared.storage.by_recipient import RecipientIndex
from shared.storage.by_reference import ReferenceIndex
from shared.storage.dead_letters import DeadLetters
from shared.storage.feed_tail import FeedTail, OldRow, OwnerRow
from shared.storage.notification_log import NotificationLog
from shared.storage.order_purge import OrderPurge
from shared.storage.orders import OrderTable
from shared.storage.references import GatewayReferences

RUN_SECONDS = 40.0  # of the 90 that no handler may exceed
_AT_ONCE = 8
_INDEX_CALLS = 400
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What is done, `keep` after a shipment ended, to what the oldest rows lead to, and then to the rows."""

    oldest: Callable[[str], Awaitable[list[OldRow]]]
    keep: timedelta
    act: Callable[[str, OldRow], Awaitable[None]]
    leave: Callable[[str, Sequence[OldRow]], Awaitable[None]]
    set_aside: Callable[[str, Sequence[OldRow]], Awaitable[None]]

    async def walk(self, owner: str, now: datetime, stop_at: float) -> datetime:
        """Treat what is old, oldest first; return when there is something to do next."""
        while rows := await self.oldest(owner):
            old = [row for row in rows if row.ended_at + self.keep <= now]
            if not old:
                return min(row.ended_at for row in rows) + self.keep
            for start in range(0, len(old), _AT_ONCE):
                await self._treat(owner, old[start : start + _AT_ONCE])
                if time.monotonic() >= stop_at:
                    return now
        return now + self.keep

    async def _treat(self, owner: str, rows: Sequence[OldRow]) -> None:
        await purge_each(
            rows,
            partial(self.act, owner),
            leave=partial(self.leave, owner),
            set_aside=partial(self.set_aside, owner),
        )


class PurgeOld:
    """One run over the old ends of all feeds."""

    def __init__(
        self,
        *,
        orders: OrderTable,
        purge: OrderPurge,
        tail: FeedTail,
        log: NotificationLog,
        references: GatewayReferences,
        by_reference: ReferenceIndex,
        by_recipient: RecipientIndex,
        dead_letters: DeadLetters,
        clock: Clock,
        content_retention: timedelta,
        metadata_retention: timedelta,
    ) -> None:
        self._orders = orders
        self._purge = purge
        self._tail = tail
        self._log = log
        self._references = references
        self._by_reference = by_reference
        self._by_recipient = by_recipient
        self._dead_letters = dead_letters
        self._purge_withdrawn = PurgeWithdrawn(orders, by_reference)
        self._clock = clock
        self._content = content_retention
        self._metadata = metadata_retention

    async def __call__(self) -> None:
        """Purge until nothing is old any more or the run has taken long enough.

        What fails stops nothing else; an unexpected error is raised when all has been tried.
        """
        stop_at = time.monotonic() + RUN_SECONDS
        now = self._clock.now()
        owners = await self._tail.due_owners(now)
        random.shuffle(owners)  # so that one large owner does not keep the others waiting run after run
        old = now - self._content
        steps: list[Callable[[], Awaitable[object]]] = [
            *(partial(self._purge_owner, row, now, stop_at) for row in owners),
            partial(self._by_recipient.purge_before, old, _INDEX_CALLS),
            partial(self._dead_letters.purge_before, old),
            partial(self._references.purge_parked, old),
            partial(self._purge_withdrawn, old),
        ]
        unexpected: list[Exception] = []
        for step in steps:
            try:
                await step()
            except NotificationsError as error:
                _log.warning("purging is left for the next run: %s", error)
            except Exception as error:  # noqa: BLE001  it must not stop the other parts
                _log.exception("a part of what is old could not be purged")
                unexpected.append(error)
        if unexpected:
            raise unexpected[0]

    async def _purge_owner(self, row: OwnerRow, now: datetime, stop_at: float) -> None:
        if time.monotonic() >= stop_at:
            return
        owner, tail = row.owner, self._tail
        stages = (
            _Stage(tail.oldest_entries, self._content, self._strip, tail.shorten, tail.set_aside),
            _Stage(tail.oldest_hidden, self._content, self._strip, tail.shorten, tail.set_aside),
            _Stage(tail.oldest_tails, self._metadata, self._forget, tail.drop, tail.set_aside),
        )
        due = [await stage.walk(owner, now, stop_at) for stage in stages]
        await tail.drop_days(owner, now - self._content)
        await tail.postpone(row, min(due))

    async def _strip(self, owner: str, row: OldRow) -> None:
        """Take its content from a shipment and from everything that was derived from it."""
        stored = await self._orders.load(row.item)
        if stored is None:
            return
        pages = await self._orders.pages.all(stored)
        order = stored.order
        rows = [*pages, stored] if stored.state.pages else pages
        await self._log.remove(
            owner, order.dialog_id, order.transmission_id, [str(page.item) for page in pages]
        )
        await self._references.remove(
            [
                notification.reference
                for page in pages
                for notification in page.state.notifications
                if notification.channel is Channel.SMS and notification.reference is not None
            ]
        )
        for one in rows:
            await self._purge.strip(one)

    async def _forget(self, owner: str, row: OldRow) -> None:
        stored = await self._orders.load(row.item)
        if stored is None:
            return
        if stored.order.senders_reference is not None:
            await self._by_reference.remove(owner, stored.order.senders_reference, row.item)
        await self._purge.forget(stored)
