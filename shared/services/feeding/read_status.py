"""Reads the orders, shipments and feed of one owner; those of others are not found."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.hold import held_until
from shared.domain.orders.ids import ItemId, parse_id
from shared.domain.orders.instant_order import is_hidden
from shared.domain.orders.notification import Notification, ResultCounts, result_counts
from shared.domain.orders.order import Recipient
from shared.records.codec import written_size
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import OrderNotFoundError, ShipmentNotFoundError
from shared.services.times import Times
from shared.services.turns import Turn
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.orders import OrderTable
from shared.storage.senders_references import MAX_FOUND, SendersReferences

_LIST_BYTES = 20_000_000
_QUICK_BYTES = 1_000_000  # a list with more takes a turn
_QUICK_PAGES = 20  # and so does what has more pages
_PAGE_BYTES = 15_000  # of the recipients on one page in a list; of short addresses a third less

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order and the rows that hold its recipients and notifications: its pages, or itself."""

    stored: StoredShipment
    rows: tuple[StoredShipment, ...]

    @property
    def notifications(self) -> list[tuple[ItemId, Notification]]:
        """All notifications with their ids; none of an order that ended before any was sent."""
        if self.stored.state.status.ended_unsent:  # the pages of a large order have them prepared
            return []
        return [(row.item.of_notification(n.slot), n) for row in self.rows for n in row.state.notifications]

    def recipient_of(self, notification: ItemId, index: int) -> Recipient:
        """Return the recipient that a notification was made for."""
        # pages are numbered from 1 and read in order; an order of one row is its own only row
        return self.rows[max(notification.page - 1, 0)].order.recipients[index]


@dataclass(frozen=True, slots=True)
class OrderList:
    """Orders with all of their recipients, oldest first; `truncated` means that there are later ones."""

    orders: tuple[StoredShipment, ...]
    truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatus:
    """Answers all read requests about orders and shipments.

    What turns out to be large takes the turn that is given.
    """

    orders: OrderTable
    feed: StatusFeed
    senders_references: SendersReferences
    times: Times

    async def shipment(self, creator: str | None, shipment_id: str) -> StoredShipment:
        """Return a shipment of this creator, of anybody if None; ShipmentNotFoundError when there is none."""
        item = parse_id(shipment_id)
        stored = await self.orders.load(item) if item is not None and item.is_shipment else None
        if stored is None or is_hidden(stored.order, stored.state):
            raise ShipmentNotFoundError
        if creator is not None and stored.creator != creator:
            raise ShipmentNotFoundError
        return stored

    async def order(self, creator: str, order_id: str) -> StoredShipment:
        """Return an order of this creator, without its pages; OrderNotFoundError when there is none."""
        try:
            return await self.shipment(creator, order_id)
        except ShipmentNotFoundError as error:
            raise OrderNotFoundError from error

    async def whole(self, stored: StoredShipment, turn: Turn) -> OrderView:
        """Return an order with the recipients and notifications of all of its pages."""
        await take_for(turn, stored.state.pages)
        return OrderView(stored, tuple(await self.orders.pages.all(stored)))

    async def with_recipients(self, stored: StoredShipment, turn: Turn) -> StoredShipment:
        """Return an order with the recipients of all of its pages."""
        await take_for(turn, stored.state.pages)
        if not stored.state.pages:
            return stored
        recipients = await self.orders.pages.recipients(stored.item, stored.state.pages)
        return replace(stored, order=replace(stored.order, recipients=recipients))

    async def notifications(self, stored: StoredShipment, turn: Turn) -> Sequence[Notification]:
        """Return all notifications of an order; none of an order that ended before any was sent."""
        if stored.state.status.ended_unsent:  # the pages of a large order have them prepared
            return ()
        if not stored.state.pages:
            return stored.state.notifications
        await take_for(turn, stored.state.pages)
        return await self.orders.pages.notifications(stored.item, stored.state.pages)

    def held_until(self, stored: StoredShipment) -> datetime | None:
        """Return when the unsent SMS of an order may leave; None if nothing holds them now."""
        now, window = self.times.now(), self.times.window
        return held_until(stored.order, stored.state, stored.item, now=now, window=window)

    async def results(self, stored: StoredShipment) -> ResultCounts:
        """Count the notifications of an order by result; none of an order that ended before any was sent."""
        if stored.state.status.ended_unsent:
            return {}
        if not stored.state.pages:
            return result_counts(stored.state.notifications)
        return await self.orders.pages.results(stored.item, stored.state.pages)

    async def orders_by_reference(self, creator: str, reference: str, turn: Turn) -> OrderList:
        """Return the creator's orders with this reference, oldest first, as many as one answer can hold.

        That is one, whatever its size, and others while all of them have at most _LIST_BYTES.
        """
        items = await self.senders_references.find(creator, reference)
        found: list[StoredShipment] = []
        size = 0
        async for stored in self.orders.load_each(items):
            is_wanted = (stored.creator, stored.order.senders_reference) == (creator, reference)
            if not is_wanted or is_hidden(stored.order, stored.state):
                continue
            size += written_size(stored.order) + stored.state.pages * _PAGE_BYTES
            if found and size > _LIST_BYTES:
                _log.warning("a list of orders was cut after %d of %d", len(found), len(items))
                return OrderList(tuple(found), truncated=True)
            if size > _QUICK_BYTES:
                await turn.take()
            found.append(await self.with_recipients(stored, turn))
        return OrderList(tuple(found), truncated=len(items) >= MAX_FOUND)

    async def feed_page(
        self, creator: str, *, after: int, limit: int, descending: bool, turn: Turn
    ) -> list[tuple[int, ClosedShipment]]:
        """Return a page of the creator's feed as (number, shipment), large orders with all of their pages.

        A page may end before `limit`, because no entry is cut and no page is without bounds.
        """
        entries = await self.feed.read(creator, after=after, limit=limit, descending=descending)
        await take_for(turn, sum(entry.closed.pages for entry in entries))
        shipments = await asyncio.gather(*(self._with_pages(entry.closed) for entry in entries))
        return [(entry.sequence, shipment) for entry, shipment in zip(entries, shipments, strict=True)]

    async def _with_pages(self, closed: ClosedShipment) -> ClosedShipment:
        if not closed.pages:
            return closed
        return replace(closed, notifications=await self.orders.pages.notifications(closed.item, closed.pages))


async def take_for(turn: Turn, pages: int) -> None:
    """Take a turn if reading so many pages needs one."""
    if pages > _QUICK_PAGES:
        await turn.take()
