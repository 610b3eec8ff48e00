"""Takes from closed orders what has been kept long enough: first their content, later everything.

Every step may be repeated. What recognises a repeated request is never deleted: a repeat after years must be
answered with its receipt and not be sent once more.
"""

import secrets

from shared.domain.retention import without_addresses, without_content
from shared.ports import Merge, TableStore
from shared.storage import codec
from shared.storage.keys import ORDERS, shipment_row
from shared.storage.order_rows import TOMBSTONE, StoredOrder, replaced_properties
from shared.storage.orders import OrderTable


class OrderPurge:
    """Empties and deletes rows of orders."""

    def __init__(self, store: TableStore, orders: OrderTable) -> None:
        self._store = store
        self._orders = orders

    async def strip(self, row: StoredOrder) -> None:
        """Take texts, addresses and numbers from an order or page; ConflictError when it just changed."""
        state, order = without_addresses(row.state), without_content(row.order)
        is_page = row.item.page > 0
        if row.state.pages:
            await self._orders.remove_told(row.item)
        body = codec.recipients_to_json(order.recipients) if is_page else codec.order_to_json(order)
        properties = replaced_properties(body, state, secrets.token_urlsafe(9))
        await self._store.merge(
            ORDERS, row.item.chain_key, Merge(shipment_row(row.item), properties, row.etag)
        )

    async def forget(self, order: StoredOrder) -> None:
        """Delete an order and its pages, all but what recognises a repeat of its request."""
        chain_key, row_key = order.item.chain_key, shipment_row(order.item)
        if order.state.pages:
            await self._orders.remove_pages(order.item)
        row = await self._store.get(ORDERS, chain_key, row_key, ("Digest",))
        if row is None:
            return
        if order.item.shipment == 1 and "Digest" in row.properties:
            await self._store.merge(ORDERS, chain_key, Merge(row_key, {TOMBSTONE: True}, row.etag))
        else:
            await self._store.delete(ORDERS, chain_key, row_key)
