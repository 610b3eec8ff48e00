"""Appends ended shipments to their owners' feeds, then takes them off the agenda.

Never fails as a batch: what could not be appended goes back as a scheduled copy, and if even that fails, the
agenda row that is still there brings it back.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from shared.clock import Clock
from shared.domain.tracking import ClosedShipment, closed_shipment
from shared.errors import NotificationsError
from shared.messaging.envelope import FeedNews
from shared.services.hand_over import HandOver
from shared.services.retry_schedule import MAX_ATTEMPTS, retry_after_attempt
from shared.storage.agenda import Agenda
from shared.storage.feed import StatusFeed
from shared.storage.orders import OrderTable

_log = logging.getLogger(__name__)


class AppendFeed:
    """Carries out one batch of the feed queue."""

    def __init__(
        self, *, orders: OrderTable, feed: StatusFeed, agenda: Agenda, hand_over: HandOver, clock: Clock
    ) -> None:
        self._orders = orders
        self._feed = feed
        self._agenda = agenda
        self._hand_over = hand_over
        self._clock = clock

    async def __call__(self, batch: Sequence[FeedNews]) -> None:
        """Append every item once; items of one owner share transactions."""
        owners: dict[str, list[FeedNews]] = defaultdict(list)
        for news in batch:
            owners[news.owner].append(news)
        await asyncio.gather(*(self._append(owner, items) for owner, items in owners.items()))

    async def _append(self, owner: str, items: Sequence[FeedNews]) -> None:
        unique = list({news.item: news for news in items}.values())
        found = await asyncio.gather(*(self._closed(news) for news in unique), return_exceptions=True)
        ready: list[tuple[FeedNews, ClosedShipment]] = []
        for news, closed in zip(unique, found, strict=True):
            if isinstance(closed, ClosedShipment):
                ready.append((news, closed))
            else:
                await self._again(news, closed)
        outcomes = await self._feed.append(owner, [closed for _, closed in ready])
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

    async def _closed(self, news: FeedNews) -> ClosedShipment | None:
        if news.closed is not None:
            return news.closed
        stored = await self._orders.load(news.item)
        if stored is None or not stored.state.status.is_final:
            return None
        return closed_shipment(str(news.item), stored.order, stored.state)

    async def _again(self, news: FeedNews, reason: BaseException | None) -> None:
        _log.warning("feed entry of %s not appended at attempt %d: %r", news.item, news.attempt, reason)
        if reason is None or news.attempt >= MAX_ATTEMPTS:
            return  # the agenda row brings it back
        at = self._clock.now() + retry_after_attempt(news.attempt)
        try:
            await self._hand_over.publish_copy(replace(news, attempt=news.attempt + 1), at)
        except NotificationsError as error:
            _log.warning("feed entry of %s waits for the agenda: %s", news.item, error)
