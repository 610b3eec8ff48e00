"""Appends ended shipments to their owners' feeds and dialogs' logs, then takes them off the agenda.

A cancelled shipment is noted too, where only owners see it who asked for that: whatever is stored must be
found again when the time comes to purge it.

Never fails as a batch: what could not be appended goes back as a scheduled copy, and if even that fails, the
agenda row that is still there brings it back.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from shared.clock import Clock
from shared.domain.metrics import Counts, counts_of
from shared.domain.order import OrderStatus
from shared.domain.tracking import closed_shipment
from shared.errors import NotificationsError
from shared.messaging.envelope import FeedNews
from shared.services.hand_over import HandOver
from shared.services.retry_schedule import MAX_ATTEMPTS, retry_after_attempt
from shared.storage.agenda import Agenda
from shared.storage.feed import StatusFeed
from shared.storage.feed_batch import NewEntry
from shared.storage.notification_log import NotificationLog
from shared.storage.orders import OrderTable

EVERYBODY = "*"  # in place of owners: their cancelled shipments are in the feed, too
_log = logging.getLogger(__name__)


class AppendFeed:
    """Carries out one batch of the feed queue."""

    def __init__(
        self,
        *,
        orders: OrderTable,
        feed: StatusFeed,
        log: NotificationLog,
        agenda: Agenda,
        hand_over: HandOver,
        clock: Clock,
        cancellations_for: Collection[str] = (),
    ) -> None:
        self._orders = orders
        self._feed = feed
        self._log = log
        self._agenda = agenda
        self._hand_over = hand_over
        self._clock = clock
        self._cancellations_for = frozenset(name.casefold() for name in cancellations_for)

    async def __call__(self, batch: Sequence[FeedNews]) -> None:
        """Append every item once; items of one owner share transactions."""
        owners: dict[str, list[FeedNews]] = defaultdict(list)
        for news in batch:
            owners[news.owner].append(news)
        await asyncio.gather(*(self._append(owner, items) for owner, items in owners.items()))

    async def _append(self, owner: str, items: Sequence[FeedNews]) -> None:
        unique = list({news.item: news for news in items}.values())
        found = await asyncio.gather(*(self._entry(news) for news in unique), return_exceptions=True)
        ready: list[tuple[FeedNews, NewEntry]] = []
        for news, entry in zip(unique, found, strict=True):
            if isinstance(entry, NewEntry):
                ready.append((news, entry))
            else:
                await self._again(news, entry)
        outcomes = await self._feed.append(owner, [entry for _, entry in ready])
        done = set()
        for (news, _), outcome in zip(ready, outcomes, strict=True):
            if outcome is None:
                done.add(news.item)
            else:
                await self._again(news, outcome)
        # the keys as the messages had them: copies of one item may know different rows
        keys = {news.agenda for news in items if news.item in done}
        removed = await asyncio.gather(*(self._agenda.remove(key) for key in keys), return_exceptions=True)
        for failure in removed:
            if failure is not None:
                _log.warning("an agenda row of an ended shipment stays for its next visit: %s", failure)

    async def _entry(self, news: FeedNews) -> NewEntry | None:
        """Return the entry of a shipment, whose dialog has its log by then; None when it has not ended."""
        closed = news.closed
        if closed is not None and not closed.pages:
            rows = [closed]
        else:
            stored = await self._orders.load(news.item)
            if stored is None or not stored.state.status.is_final:
                return None
            closed = closed_shipment(str(news.item), stored.order, stored.state)
            pages = await self._orders.load_pages(stored) if closed.pages else [stored]
            rows = [closed_shipment(str(page.item), page.order, page.state) for page in pages]
        if closed.status is OrderStatus.CANCELLED:
            is_shown = not self._cancellations_for.isdisjoint({EVERYBODY, news.owner.casefold()})
            return NewEntry(closed, Counts(orders=1), is_hidden=not is_shown)
        await self._log.add(news.owner, [row for row in rows if row.notifications])
        return NewEntry(closed, counts_of(rows))

    async def _again(self, news: FeedNews, reason: BaseException | None) -> None:
        _log.warning("feed entry of %s not appended at attempt %d: %r", news.item, news.attempt, reason)
        if reason is None or news.attempt >= MAX_ATTEMPTS:
            return  # the agenda row brings it back
        at = self._clock.now() + retry_after_attempt(news.attempt)
        try:
            await self._hand_over.publish_copy(replace(news, attempt=news.attempt + 1), at)
        except NotificationsError as error:
            _log.warning("feed entry of %s waits for the agenda: %s", news.item, error)
