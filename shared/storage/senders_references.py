"""The index from a sender's own reference to the orders that carry it, written before the order.

Rows are keyed by a keyed hash of creator and reference. They share a few partitions, so that orders that are
placed at the same moment share the write.
Orders that were withdrawn are in no feed, where retention finds all others, so this index lists them by time.
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
from shared.storage.access.grouped import (
    MAX_OPERATIONS,
    GroupedPartitions,
    RowChange,
    apply_each,
    aside,
    delete_each,
)
from shared.storage.keys import SENDERS_REFERENCES, WITHDRAWN, senders_reference_shard
from shared.storage.order_purge import OldShipment

MAX_FOUND = 1000  # no real reference is shared by as many shipments
_DEADLINE_SECONDS = 10.0

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
        self._groups = GroupedPartitions(store, SENDERS_REFERENCES)

    async def find(self, creator: str, reference: str) -> list[ItemId]:
        """Return the shipments of a creator with this reference, oldest first, up to MAX_FOUND."""
        rows = await self._rows(self._ids.digest(creator, reference))
        found = (parse_id(row.row_key.rpartition("|")[2]) for row in rows)
        # every try of a repeated request leaves a row of its own
        return list(dict.fromkeys(item for item in found if item is not None))

    async def remove(self, creator: str, reference: str, orders: Sequence[OldShipment]) -> None:
        """Delete the rows of orders with this reference; those already gone are fine.

        Every try of a request has left a row, so those of orders whose request may have been repeated are
        looked for, once for all of them.
        """
        digest = self._ids.digest(creator, reference)
        row_keys = {_row(digest, order.stored) for order in orders}
        if any(order.is_repeatable for order in orders):
            rows = await self._rows(digest)
            items = {str(order.stored.item) for order in orders}
            found = {row.row_key for row in rows if row.row_key.rpartition("|")[2] in items}
            row_keys = found if len(rows) < MAX_FOUND else found | row_keys
        await delete_each(self._store, SENDERS_REFERENCES, senders_reference_shard(digest), sorted(row_keys))

    async def add(self, orders: Sequence[NewShipment]) -> None:
        """Write a row for every order that has a reference; a row already there is fine. TransientError."""
        referenced = [new for new in orders if new.order.reference is not None]
        if len(referenced) == 1:  # most often, and a task for it would take five times as long
            await self._add(referenced[0])
        else:
            await asyncio.gather(*map(self._add, referenced))

    async def _add(self, new: NewShipment) -> None:
        digest = self._ids.digest(new.creator, str(new.order.reference))
        change = (Insert(_row(digest, new), {}),)
        await self._groups.apply(
            senders_reference_shard(digest), change, deadline=_DEADLINE_SECONDS, unless=409
        )

    async def _rows(self, digest: str) -> list[Row]:
        return await self._store.query(
            SENDERS_REFERENCES,
            senders_reference_shard(digest),
            above=f"{digest}|",
            below=f"{digest}|~",
            limit=MAX_FOUND,
            select=("RowKey",),
        )

    async def note_withdrawn(self, stored: StoredShipment, at: datetime) -> None:
        """List an order that is about to be withdrawn, while its reference is still known."""
        reference = stored.order.senders_reference
        digest = self._ids.digest(stored.creator, reference) if reference else ""
        row_key = f"{instant_key(at)}|{_created(stored)}"
        with suppress(ConflictError):
            await self._store.insert(SENDERS_REFERENCES, WITHDRAWN, row_key, {"Digest": digest})

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

    async def remove_withdrawn(self, withdrawn: Withdrawn) -> None:
        """Delete the row of a withdrawn order; one already gone is fine."""
        if withdrawn.digest:
            row_key = f"{withdrawn.digest}|{withdrawn.row_key.partition('|')[2]}"
            shard = senders_reference_shard(withdrawn.digest)
            await self._store.delete(SENDERS_REFERENCES, shard, row_key)

    async def set_aside(self, rows: Sequence[Withdrawn]) -> None:
        """Move orders that cannot be purged out of the way, to where an operator finds them."""
        await self._set_aside([aside(row.row_key, {"Digest": row.digest}) for row in rows])

    async def _set_aside(self, changes: Sequence[RowChange]) -> None:
        await apply_each(self._store, SENDERS_REFERENCES, WITHDRAWN, changes, unless=404)

    async def unlist(self, rows: Sequence[Withdrawn]) -> None:
        """Take orders off the list of withdrawn ones; those already gone are fine."""
        await delete_each(self._store, SENDERS_REFERENCES, WITHDRAWN, (row.row_key for row in rows))


def _row(digest: str, order: NewShipment | StoredShipment) -> str:
    return f"{digest}|{_created(order)}"


def _created(order: NewShipment | StoredShipment) -> str:
    return f"{instant_key(order.created_at)}|{order.item}"


def _withdrawn(row: Row) -> Withdrawn:
    withdrawn, created, shipment_id = row.row_key.split("|")
    digest = str(row.columns["Digest"])
    return Withdrawn(row.row_key, instant_of(withdrawn), known_id(shipment_id), instant_of(created), digest)
