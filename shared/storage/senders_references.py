"""The index from a sender's own reference to the orders that carry it, written before the order.

Orders that were withdrawn are in no feed, where retention finds all others, so this index lists them by time.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from shared.domain.orders.ids import IdMaker, ItemId, known_id, parse_id
from shared.ports.tables import TableStore
from shared.records.columns import Row
from shared.records.keys import instant_key, instant_of
from shared.records.shipment_rows import NewShipment, StoredShipment
from shared.runtime.errors import ConflictError
from shared.storage.access.grouped import MAX_OPERATIONS, RowChange, apply_each, aside, delete_each
from shared.storage.keys import SENDERS_REFERENCES, WITHDRAWN, encode
from shared.storage.order_purge import OldShipment

MAX_FOUND = 1000  # no real reference is shared by as many shipments

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A try of a request that was withdrawn; `index` is its row under the sender's reference, if any."""

    row_key: str
    withdrawn_at: datetime
    item: ItemId
    created_at: datetime
    index: tuple[str, str] | None


class SendersReferences:
    """Index rows per (creator, keyed hash of the reference): references often hold case numbers of people."""

    def __init__(self, store: TableStore, ids: IdMaker) -> None:
        self._store = store
        self._ids = ids

    def partition(self, creator: str, reference: str) -> str:
        """Return the PartitionKey of the orders of a creator with this reference."""
        return f"{encode(creator)}|{self._ids.digest(creator, reference)}"

    async def find(self, creator: str, reference: str) -> list[ItemId]:
        """Return the shipments of a creator with this reference, oldest first, up to MAX_FOUND."""
        partition = self.partition(creator, reference)
        rows = await self._store.query(SENDERS_REFERENCES, partition, above="", below="~", limit=MAX_FOUND)
        found = (parse_id(row.row_key.partition("|")[2]) for row in rows)
        # every try of a repeated request leaves a row of its own
        return list(dict.fromkeys(item for item in found if item is not None))

    async def remove(self, creator: str, reference: str, orders: Sequence[OldShipment]) -> None:
        """Delete the rows of orders with this reference; those already gone are fine.

        Every try of a request has left a row, so those of orders whose request may have been repeated are
        looked for, once for all of them.
        """
        partition = self.partition(creator, reference)
        row_keys = {_row(order.stored) for order in orders}
        if any(order.is_repeatable for order in orders):
            rows = await self._store.query(
                SENDERS_REFERENCES, partition, above="", below="~", limit=MAX_FOUND, select=("RowKey",)
            )
            items = {str(order.stored.item) for order in orders}
            found = {row.row_key for row in rows if row.row_key.partition("|")[2] in items}
            row_keys = found if len(rows) < MAX_FOUND else found | row_keys
        await delete_each(self._store, SENDERS_REFERENCES, partition, sorted(row_keys))

    async def add(self, orders: Sequence[NewShipment]) -> None:
        """Write a row for every order that has a reference; a row already there is fine."""
        for new in orders:
            if (reference := new.order.reference) is None:
                continue
            with suppress(ConflictError):
                partition = self.partition(new.creator, reference)
                await self._store.insert(SENDERS_REFERENCES, partition, _row(new), {})

    async def note_withdrawn(self, stored: StoredShipment, at: datetime) -> None:
        """List an order that is about to be withdrawn, while its reference is still known."""
        reference = stored.order.senders_reference
        partition = self.partition(stored.creator, reference) if reference else ""
        row_key = f"{instant_key(at)}|{_row(stored)}"
        with suppress(ConflictError):
            await self._store.insert(SENDERS_REFERENCES, WITHDRAWN, row_key, {"Partition": partition})

    async def withdrawn_before(self, at: datetime) -> list[Withdrawn]:
        """Return the oldest that were withdrawn before an instant, up to MAX_OPERATIONS of them."""
        rows = await self._store.query(
            SENDERS_REFERENCES, WITHDRAWN, above="", below=instant_key(at), limit=MAX_OPERATIONS
        )
        found: list[Withdrawn] = []
        for row in rows:
            try:
                found.append(_withdrawn(row))
            except (KeyError, ValueError):
                _log.exception("a row of a withdrawn order is unreadable: %s", row.row_key)
                await self._set_aside([aside(row.row_key, row.columns)])
        return found

    async def remove_row(self, index: tuple[str, str]) -> None:
        """Delete one row of the index; one already gone is fine."""
        await self._store.delete(SENDERS_REFERENCES, *index)

    async def set_aside(self, rows: Sequence[Withdrawn]) -> None:
        """Move orders that cannot be purged out of the way, to where an operator finds them."""
        await self._set_aside(
            [aside(row.row_key, {"Partition": row.index[0] if row.index is not None else ""}) for row in rows]
        )

    async def _set_aside(self, changes: Sequence[RowChange]) -> None:
        await apply_each(self._store, SENDERS_REFERENCES, WITHDRAWN, changes, unless=404)

    async def unlist(self, rows: Sequence[Withdrawn]) -> None:
        """Take orders off the list of withdrawn ones; those already gone are fine."""
        await delete_each(self._store, SENDERS_REFERENCES, WITHDRAWN, (row.row_key for row in rows))


def _row(order: NewShipment | StoredShipment) -> str:
    return f"{instant_key(order.created_at)}|{order.item}"


def _withdrawn(row: Row) -> Withdrawn:
    withdrawn, created, shipment_id = row.row_key.split("|")
    partition = str(row.columns["Partition"])
    index = (partition, f"{created}|{shipment_id}") if partition else None
    return Withdrawn(row.row_key, instant_of(withdrawn), known_id(shipment_id), instant_of(created), index)
