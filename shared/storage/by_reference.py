"""The index from a sender's own reference to the orders that carry it, written before the order."""

from collections.abc import Sequence

from shared.errors import ConflictError
from shared.ids import IdMaker, ItemId, parse_id
from shared.ports import TableStore
from shared.storage.keys import BY_REFERENCE, encode, instant_key
from shared.storage.order_rows import NewOrder

MAX_FOUND = 1000  # a reference shared by more orders than this is no reference


class ReferenceIndex:
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
        rows = await self._store.query(BY_REFERENCE, partition, above="", below="~", limit=MAX_FOUND)
        found = (parse_id(row.row_key.partition("|")[2]) for row in rows)
        # every try of a repeated request leaves a row of its own
        return list(dict.fromkeys(item for item in found if item is not None))

    async def remove(self, creator: str, reference: str, item: ItemId) -> None:
        """Delete the rows of a shipment: one for every try of its request."""
        partition = self.partition(creator, reference)
        rows = await self._store.query(BY_REFERENCE, partition, above="", below="~", limit=MAX_FOUND)
        for row in rows:
            if row.row_key.endswith(f"|{item}"):
                await self._store.delete(BY_REFERENCE, partition, row.row_key)

    async def add(self, creator: str, orders: Sequence[NewOrder]) -> None:
        """Write a row for every order that has a reference; a row already there is fine."""
        for new in orders:
            reference = new.order.senders_reference
            if reference is None or not reference.strip():
                continue
            row_key = f"{instant_key(new.created_at)}|{new.item}"
            try:
                await self._store.insert(BY_REFERENCE, self.partition(creator, reference), row_key, {})
            except ConflictError:
                continue
