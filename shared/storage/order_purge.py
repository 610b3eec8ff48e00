"""Removes from closed shipments what has been kept long enough: first their content, later everything.

Every step may be repeated. What recognises a repeated request is never deleted: a repeat after years must get
its receipt and must not be sent again.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.orders.ids import ItemId
from shared.domain.orders.retention import without_addresses, without_content
from shared.ports.tables import Delete, Merge, TableStore
from shared.records import codec
from shared.records.shipment_rows import TOMBSTONE, StoredShipment, replaced_columns, stored_shipment
from shared.storage.access.grouped import RowChange, apply_each
from shared.storage.keys import ORDERS, shard_of, shipment_row
from shared.storage.orders import OrderTable
from shared.storage.senders_references import SendersReferences

_ROWS_PER_TRANSACTION = 25


@dataclass(frozen=True, slots=True)
class OldShipment:
    """A shipment about to be forgotten; `is_repeatable` if its request may have come several times."""

    stored: StoredShipment
    is_repeatable: bool


class OrderPurge:
    """Empties and deletes rows of shipments."""

    def __init__(self, store: TableStore, orders: OrderTable, references: SendersReferences) -> None:
        self._store = store
        self._orders = orders
        self._references = references

    async def strip(self, rows: Sequence[StoredShipment]) -> None:
        """Remove texts, addresses and numbers from a shipment of one row, or from pages of a large one.

        RowOperationError: a row has just changed.
        """
        for start in range(0, len(rows), _ROWS_PER_TRANSACTION):
            chunk = rows[start : start + _ROWS_PER_TRANSACTION]
            changes = [(_emptied(row),) for row in chunk]
            await apply_each(self._store, ORDERS, shard_of(chunk[0].item), changes, unless=404)

    async def strip_large(self, order: StoredShipment) -> None:
        """Remove the texts from the row of a large shipment, after its pages."""
        await self._orders.remove_contacted(order.item)
        await self.strip([order])

    async def load(self, item: ItemId) -> OldShipment | None:
        """Return a shipment to be forgotten; None when it is gone already."""
        row = await self._store.get(ORDERS, shard_of(item), shipment_row(item))
        if row is None or TOMBSTONE in row.columns:
            return None
        return OldShipment(stored_shipment(item, row), is_repeatable="Digest" in row.columns)

    async def forget(self, order: OldShipment) -> None:
        """Delete a shipment, its pages and its row in the index, all but what recognises a repeat."""
        stored = order.stored
        row_key = shipment_row(stored.item)
        if stored.state.pages:
            await self._orders.remove_pages(stored.item)
        keeps_row = order.is_repeatable and stored.item.shipment == 1
        change = Merge(row_key, {TOMBSTONE: True}, stored.etag) if keeps_row else Delete(row_key)
        changes: list[RowChange] = [(change,)]
        if (in_index := self._references.row_of(stored)) is not None:
            changes.insert(0, (Delete(in_index),))
        await apply_each(self._store, ORDERS, shard_of(stored.item), changes, unless=404)


def _emptied(row: StoredShipment) -> Merge:
    """Return the change that removes the content of a row; a page holds recipients only."""
    state, order = without_addresses(row.state), without_content(row.order)
    body = codec.recipients_to_json(order.recipients) if row.item.page else codec.ORDER.dump(order)
    return Merge(shipment_row(row.item), replaced_columns(body, state, secrets.token_urlsafe(9)), row.etag)
