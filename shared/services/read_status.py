"""Reads what an owner may know of its own shipments; foreign ones do not exist."""

from shared.errors import ShipmentNotFoundError
from shared.ids import parse_id
from shared.storage.feed import FeedEntry, StatusFeed
from shared.storage.order_rows import StoredOrder
from shared.storage.orders import OrderTable


class ReadStatus:
    """The read side of the API."""

    def __init__(self, *, orders: OrderTable, feed: StatusFeed) -> None:
        self._orders = orders
        self._feed = feed

    async def shipment(self, creator: str, shipment_id: str) -> StoredOrder:
        """Return a shipment of this creator; ShipmentNotFoundError when there is none."""
        item = parse_id(shipment_id)
        stored = await self._orders.load(item) if item is not None and item.is_shipment else None
        if stored is None or stored.creator != creator:
            raise ShipmentNotFoundError
        return stored

    async def feed_page(self, creator: str, *, after: int, limit: int, descending: bool) -> list[FeedEntry]:
        """Return a page of the creator's feed."""
        return await self._feed.read(creator, after=after, limit=limit, descending=descending)
