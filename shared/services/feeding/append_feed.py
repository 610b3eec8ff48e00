"""Appends ended shipments to owners' feeds and dialogs' logs, then removes their agenda rows.

A cancelled shipment gets an entry too, because the purge finds shipments through the feed. The entry is
hidden unless the settings list its owner.

An owner's webhooks are woken after each append, also after a repeat that finds its entries there, because the
process that appended them may have ended before it woke anybody.

A batch does not fail as a whole: every item has an outcome of its own. An item that could not be appended
keeps its agenda row, which brings it again. The rows of the others are removed a little later, so that
shipments of some seconds share a write. If a process dies before that, a visit finds them closed.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.orders.ended_shipment import ClosedShipment, closed_shipment
from shared.domain.orders.ids import ItemId
from shared.domain.orders.metrics import Counts, counts_in, counts_of
from shared.domain.orders.order import OrderStatus
from shared.records.messages import FeedNews
from shared.records.shipment_rows import StoredShipment
from shared.runtime.background import Background
from shared.runtime.clock import Clock
from shared.runtime.errors import TransientError
from shared.services.hops import follow
from shared.services.measures import FEED_LAG
from shared.services.webhooks.wake_webhooks import WakeWebhooks
from shared.storage.agenda import Agenda
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.notification_log import NotificationLog
from shared.storage.orders import OrderTable

_OWNER_SECONDS = 40.0  # nothing renews the locks of a batch
EVERYBODY = "*"  # in the list of owners: all of them see their cancelled shipments
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendFeed:
    """Handles one batch of the feed queue. `cancellation_feed_creators` are in lower case."""

    orders: OrderTable
    feed: StatusFeed
    notification_log: NotificationLog
    agenda: Agenda
    wake_webhooks: WakeWebhooks
    cancellation_feed_creators: frozenset[str]
    clock: Clock
    removing: Background = field(init=False, default_factory=Background)

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
        except Exception as error:  # noqa: BLE001  a failure of one owner's feed is not one of the others
            outcomes = {news.item: error for news in items}
        done = {item for item, outcome in outcomes.items() if outcome is None}
        # the keys come from the messages, because copies of one item may name different rows
        keys = {news.agenda for news in items if news.item in done}
        await self.removing.start(self.agenda.remove_later(keys))
        return outcomes

    async def _append(
        self, owner: str, unique: Mapping[ItemId, FeedNews]
    ) -> Mapping[ItemId, Exception | None]:
        """Return the outcomes; a shipment that has not ended has none."""
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
        appended = await self.feed.append(owner, list(ready.values()))
        for entry, error in zip(ready.values(), appended, strict=True):
            if error is None:
                lag = (self.clock.now() - entry.closed.closed_at).total_seconds()
                FEED_LAG.put(max(0.0, lag))  # clocks of processes differ
        if None in appended and self.feed.has_webhooks(owner):
            await self.wake_webhooks.appended(owner)
        return outcomes | dict(zip(ready, appended, strict=True))

    async def _entry(self, news: FeedNews) -> NewEntry | None:
        """Write the log of its dialog and return the feed entry of a shipment; None when it has not ended."""
        follow(news.item)
        closed, stored = news.closed, None
        if closed is None or closed.pages:
            stored = await self.orders.load(news.item)
            if stored is None or not stored.state.status.is_final:
                return None
            closed = closed_shipment(str(news.item), stored.order, stored.state)
        if closed.status is OrderStatus.CANCELLED:
            is_shown = not self.cancellation_feed_creators.isdisjoint({EVERYBODY, news.owner.casefold()})
            return NewEntry(closed, Counts(orders=1), is_hidden=not is_shown)
        if stored is None or not closed.pages:
            await self._log_all(news.owner, [closed])
            return NewEntry(closed, counts_of([closed]))
        return await self._large_entry(news.owner, closed, stored)

    async def _large_entry(self, owner: str, closed: ClosedShipment, stored: StoredShipment) -> NewEntry:
        counts, on_pages = Counts(orders=1), 0
        async for pages in self.orders.pages.some(stored):
            rows = [closed_shipment(str(page.item), page.order, page.state) for page in pages]
            await self._log_all(owner, rows)
            counts = sum(map(counts_in, rows), counts)
            on_pages += sum(len(row.notifications) for row in rows)
        return NewEntry(replace(closed, on_pages=on_pages), counts)

    async def _log_all(self, owner: str, rows: Sequence[ClosedShipment]) -> None:
        await self.notification_log.add(owner, [row for row in rows if row.notifications])
