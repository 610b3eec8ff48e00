"""The index from a sender's own reference to the orders that carry it.

A row has a keyed hash of creator and reference, and lies in the partition of its order, so that both are one
write. Whoever looks for a reference asks all partitions side by side.
Orders that were withdrawn are in no feed, where retention finds all others, so they are listed here by time.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from shared.domain.orders.ids import IdMaker, ItemId, known_id, parse_id
from shared.ports.tables import Insert, TableStore
from shared.records.columns import Row
from shared.records.keys import instant_key, instant_of
from shared.records.shipment_rows import NewShipment, StoredShipment
from shared.runtime.errors import ConflictError
from shared.storage.access.grouped import MAX_OPERATIONS, RowChange, apply_each, aside, delete_each
from shared.storage.keys import ORDERS, SHARDS, WITHDRAWN, WITHDRAWN_ORDERS, senders_reference_row, shard_of

MAX_FOUND = 1000  # no real reference is shared by as many shipments

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A try of a request that was withdrawn; `digest` is its reference's, empty if it has none."""

    row_key: str
    withdrawn_at: datetime
    item: ItemId
    created_at: datetime
    digest: str


class SendersReferences:
    """Finds orders by reference; no reference can be read back, since many hold case numbers of people."""

    def __init__(self, store: TableStore, ids: IdMaker) -> None:
        self._store = store
        self._ids = ids

    async def find(self, creator: str, reference: str) -> list[ItemId]:
        """Return the shipments of a creator with this reference, oldest first, up to MAX_FOUND."""
        digest = self._ids.digest(creator, reference)
        of_shards = await asyncio.gather(*(self._rows(shard, digest) for shard in SHARDS))
        row_keys = sorted(row.row_key for rows in of_shards for row in rows)  # by the time of creation
        found = (parse_id(row_key.rpartition("|")[2]) for row_key in row_keys[:MAX_FOUND])
        # a request that was withdrawn and came again has left two rows
        return list(dict.fromkeys(item for item in found if item is not None))

    def inserts(self, orders: Sequence[NewShipment]) -> list[Insert]:
        """Return the changes that index those of these orders that have a reference."""
        return [Insert(row_key, {}) for new in orders if (row_key := self.row_of(new)) is not None]

    async def add(self, chain: ItemId, inserts: Sequence[Insert]) -> None:
        """Index orders of a chain that are not written yet; rows already there are fine. TransientError."""
        await apply_each(self._store, ORDERS, shard_of(chain), [(insert,) for insert in inserts], unless=409)

    def row_of(self, order: NewShipment | StoredShipment) -> str | None:
        """Return the RowKey of an order in the index; None when it has no reference."""
        reference = order.order.reference
        if reference is None:
            return None
        return senders_reference_row(self._ids.digest(order.creator, reference), _created(order))

    async def _rows(self, shard: str, digest: str) -> list[Row]:
        return await self._store.query(
            ORDERS,
            shard,
            above=senders_reference_row(digest, ""),
            below=senders_reference_row(digest, "~"),
            limit=MAX_FOUND,
            select=("RowKey",),
        )

    async def note_withdrawn(self, stored: StoredShipment, at: datetime) -> None:
        """List an order that is about to be withdrawn, while its reference is still known."""
        reference = stored.order.senders_reference
        digest = self._ids.digest(stored.creator, reference) if reference else ""
        row_key = f"{instant_key(at)}|{_created(stored)}"
        with suppress(ConflictError):
            await self._store.insert(WITHDRAWN_ORDERS, WITHDRAWN, row_key, {"Digest": digest})

    async def withdrawn_before(self, at: datetime) -> list[Withdrawn]:
        """Return the oldest that were withdrawn before an instant, up to MAX_OPERATIONS of them."""
        rows = await self._store.query(
            WITHDRAWN_ORDERS, WITHDRAWN, above="", below=instant_key(at), limit=MAX_OPERATIONS
        )
        found: list[Withdrawn] = []
        for row in rows:
            try:
                found.append(_withdrawn(row))
            except (KeyError, ValueError):
                _log.exception("a row of a withdrawn order is unreadable: %s", row.row_key)
                await self._set_aside([aside(row.row_key, row.columns)])
        return found

    async def remove_withdrawn(self, withdrawn: Withdrawn) -> None:
        """Delete the row of a withdrawn order in the index; one already gone is fine."""
        if withdrawn.digest:
            row_key = senders_reference_row(withdrawn.digest, withdrawn.row_key.partition("|")[2])
            await self._store.delete(ORDERS, shard_of(withdrawn.item), row_key)

    async def set_aside(self, rows: Sequence[Withdrawn]) -> None:
        """Move orders that cannot be purged out of the way, to where an operator finds them."""
        await self._set_aside([aside(row.row_key, {"Digest": row.digest}) for row in rows])

    async def _set_aside(self, changes: Sequence[RowChange]) -> None:
        await apply_each(self._store, WITHDRAWN_ORDERS, WITHDRAWN, changes, unless=404)

    async def unlist(self, rows: Sequence[Withdrawn]) -> None:
        """Take orders off the list of withdrawn ones; those already gone are fine."""
        await delete_each(self._store, WITHDRAWN_ORDERS, WITHDRAWN, (row.row_key for row in rows))


def _created(order: NewShipment | StoredShipment) -> str:
    return f"{instant_key(order.created_at)}|{order.item}"


def _withdrawn(row: Row) -> Withdrawn:
    withdrawn, created, shipment_id = row.row_key.split("|")
    digest = str(row.columns["Digest"])
    return Withdrawn(row.row_key, instant_of(withdrawn), known_id(shipment_id), instant_of(created), digest)
