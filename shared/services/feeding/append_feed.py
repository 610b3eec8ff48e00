"""Appends ended shipments to their owners' feeds and dialogs' logs, then takes them off the agenda.

A cancelled shipment is noted too, where only owners see it who asked for that: whatever is stored must be
found again when the time comes to purge it.

Never fails as a batch: every item has an outcome of its own, and the agenda row that is still there brings
back what could not be appended.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from shared.domain.orders.ended_shipment import ClosedShipment, closed_shipment
from shared.domain.orders.ids import ItemId
from shared.domain.orders.metrics import Counts, counts_in, counts_of
from shared.domain.orders.order import OrderStatus
from shared.records.messages import FeedNews
from shared.records.order_rows import StoredOrder
from shared.runtime.errors import TransientError
from shared.storage.agenda import Agenda
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.notification_log import NotificationLog
from shared.storage.orders import OrderTable

_OWNER_SECONDS = 40.0  # nobody renews the locks of a batch
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
        cancellations_for: Collection[str] = (),
    ) -> None:
        self._orders = orders
        self._feed = feed
        self._log = log
        self._agenda = agenda
        self._cancellations_for = frozenset(name.casefold() for name in cancellations_for)

    async def __call__(self, batch: Sequence[FeedNews]) -> list[Exception | None]:
        """Append every item once; items of one owner share transactions. One outcome each."""
        owners: dict[str, list[FeedNews]] = defaultdict(list)
        for news in batch:
            owners[news.owner].append(news)
        found = await asyncio.gather(*(self._of_owner(owner, items) for owner, items in owners.items()))
        outcomes = dict(zip(owners, found, strict=True))
        return [outcomes[news.owner].get(news.item) for news in batch]

    async def _of_owner(self, owner: str, items: Sequence[FeedNews]) -> Mapping[ItemId, Exception | None]:
        """Append the items of one owner, and take those that have their entry off the agenda."""
        outcomes: Mapping[ItemId, Exception | None]
        try:
            async with asyncio.timeout(_OWNER_SECONDS):
                outcomes = await self._append(owner, {news.item: news for news in items})
        except TimeoutError:
            late = TransientError("the feed of an owner took too long")
            outcomes = {news.item: late for news in items}
        except Exception as error:  # noqa: BLE001  one owner's trouble is not that of the others
            outcomes = {news.item: error for news in items}
        done = {item for item, outcome in outcomes.items() if outcome is None}
        # the keys as the messages had them: copies of one item may know different rows
        keys = {news.agenda for news in items if news.item in done}
        removed = await asyncio.gather(*(self._agenda.remove(key) for key in keys), return_exceptions=True)
        for failure in removed:
            if failure is not None:
                _log.warning("an agenda row of an ended shipment stays for its next visit: %s", failure)
        return outcomes

    async def _append(
        self, owner: str, unique: Mapping[ItemId, FeedNews]
    ) -> Mapping[ItemId, Exception | None]:
        """Return the outcome of each; of one that has not ended there is none."""
        found = await asyncio.gather(*(self._entry(news) for news in unique.values()), return_exceptions=True)
        ready: dict[ItemId, NewEntry] = {}
        outcomes: dict[ItemId, Exception | None] = {}
        for item, entry in zip(unique, found, strict=True):
            match entry:
                case NewEntry():
                    ready[item] = entry
                case Exception():
                    outcomes[item] = entry
                case _:
                    _log.warning("shipment %s has not ended; the agenda looks again", item)
        appended = await self._feed.append(owner, list(ready.values()))
        return outcomes | dict(zip(ready, appended, strict=True))

    async def _entry(self, news: FeedNews) -> NewEntry | None:
        """Return the entry of a shipment, whose dialog has its log by then; None when it has not ended."""
        closed, stored = news.closed, None
        if closed is None or closed.pages:
            stored = await self._orders.load(news.item)
            if stored is None or not stored.state.status.is_final:
                return None
            closed = closed_shipment(str(news.item), stored.order, stored.state)
        if closed.status is OrderStatus.CANCELLED:
            is_shown = not self._cancellations_for.isdisjoint({EVERYBODY, news.owner.casefold()})
            return NewEntry(closed, Counts(orders=1), is_hidden=not is_shown)
        if stored is None or not closed.pages:
            await self._log_all(news.owner, [closed])
            return NewEntry(closed, counts_of([closed]))
        return await self._large_entry(news.owner, closed, stored)

    async def _large_entry(self, owner: str, closed: ClosedShipment, stored: StoredOrder) -> NewEntry:
        counts, told = Counts(orders=1), 0
        async for pages in self._orders.pages.some(stored):
            rows = [closed_shipment(str(page.item), page.order, page.state) for page in pages]
            await self._log_all(owner, rows)
            counts = sum(map(counts_in, rows), counts)
            told += sum(len(row.notifications) for row in rows)
        return NewEntry(replace(closed, on_pages=told), counts)

    async def _log_all(self, owner: str, rows: Sequence[ClosedShipment]) -> None:
        await self._log.add(owner, [row for row in rows if row.notifications])
