"""Collects the notifications of a day, and the counts of a month, for the metrics."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from itertools import batched

from shared.domain.orders.ended_shipment import ClosedShipment, SentNotification, closed_shipment
from shared.domain.orders.metrics import Counts
from shared.domain.orders.order import Channel
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.orders import OrderTable

_OWNERS_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectMetrics:
    """Reads notifications and counts from the feeds of all owners."""

    orders: OrderTable
    feed: StatusFeed

    async def day(self, channel: Channel, day: date) -> AsyncIterator[SentNotification]:
        """Yield the notifications of one channel whose shipments ended on a UTC day."""
        for owner in await self.feed.owners():
            async for entry in self.feed.read_day(owner, day):
                async for row in self._rows(entry.closed):
                    sizes = row.sms_sizes
                    for n in row.notifications:
                        if n.channel is channel:
                            item = row.item.of_notification(n.slot)
                            yield SentNotification(owner, item, row, n, sizes.get(n.slot))

    async def month(self, year: int, month: int) -> list[tuple[str, Counts]]:
        """Return the counts of shipments requested for a UTC month, by owner, without empty ones."""
        owners = sorted(await self.feed.owners())
        counted: list[tuple[str, Counts]] = []
        for some in batched(owners, _OWNERS_AT_ONCE, strict=False):
            counts = await asyncio.gather(*(self.feed.counts(o, f"{year:04d}{month:02d}") for o in some))
            counted += zip(some, counts, strict=True)
        return [(owner, counts) for owner, counts in counted if counts != Counts()]

    async def _rows(self, closed: ClosedShipment) -> AsyncIterator[ClosedShipment]:
        """Yield a shipment, or the pages of a large one as they are read."""
        stored = await self.orders.load(closed.item) if closed.pages else None
        if stored is None:
            yield closed
            return
        async for pages in self.orders.pages.some(stored):
            for page in pages:
                yield closed_shipment(str(page.item), page.order, page.state)
