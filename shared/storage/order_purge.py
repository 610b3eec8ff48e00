"""Takes from closed orders what has been kept long enough: first their content, later everything.

Every step may be repeated. What recognises a repeated request is never deleted: a repeat after years must be
answered with its receipt and not be sent once more.
"""

import secrets
from collections.abc import Sequence

from shared.domain.retention import without_addresses, without_content
from shared.ids import MAX_PAGES
from shared.ports import Delete, Merge, TableStore
from shared.storage import codec
from shared.storage.grouped import raise_refused, transact_each
from shared.storage.keys import ORDERS, page_range, shipment_row
from shared.storage.order_rows import TOMBSTONE, StoredOrder, replaced_properties


class OrderPurge:
    """Empties and deletes rows of orders."""

    def __init__(self, store: TableStore) -> None:
        self._store = store

    async def strip(self, row: StoredOrder) -> None:
        """Take texts, addresses and numbers from an order or page; ConflictError when it just changed."""
        state, order = without_addresses(row.state), without_content(row.order)
        is_page = row.item.page > 0
        body = codec.recipients_to_json(order.recipients) if is_page else codec.order_to_json(order)
        properties = replaced_properties(body, state, secrets.token_urlsafe(9))
        await self._store.merge(
            ORDERS, row.item.chain_key, Merge(shipment_row(row.item), properties, row.etag)
        )

    async def forget(self, order: StoredOrder) -> None:
        """Delete an order and its pages, all but what recognises a repeat of its request."""
        chain_key, row_key = order.item.chain_key, shipment_row(order.item)
        if order.state.pages:
            above, below = page_range(order.item)
            pages = await self._store.query(
                ORDERS, chain_key, above=above, below=below, limit=MAX_PAGES, select=("RowKey",)
            )
            await self._delete(chain_key, [page.row_key for page in pages])
        row = await self._store.get(ORDERS, chain_key, row_key, ("Digest",))
        if row is None:
            return
        if order.item.shipment == 1 and "Digest" in row.properties:
            await self._store.merge(ORDERS, chain_key, Merge(row_key, {TOMBSTONE: True}, row.etag))
        else:
            await self._store.delete(ORDERS, chain_key, row_key)

    async def _delete(self, chain_key: str, row_keys: Sequence[str]) -> None:
        deletes = [(Delete(key),) for key in row_keys]
        raise_refused(await transact_each(self._store, ORDERS, chain_key, deletes), unless=404)
