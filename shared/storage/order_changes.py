"""Changes of the rows of orders: those in one shard that come while another is under way share a transaction.

An order alone waits for nobody. Under load a shard has many changes at a time, and sharing spares calls and
CPU. See docs/decisions/0030-changes-of-orders-share-transactions.md.
"""

from collections.abc import Sequence

from shared.domain.orders.ids import ItemId
from shared.ports.tables import Insert, Merge, TableStore
from shared.records.columns import encoded_size
from shared.storage.access.grouped import GroupedPartitions
from shared.storage.keys import ORDERS, shard_of

_SHARED_BYTES = 16_000  # of a change that shares a transaction: a larger one would hold up others
_CHANGES_AT_ONCE = 8  # each that is refused costs the others another try
_PATIENCE_SECONDS = 1.0
_DEADLINE_SECONDS = 30.0


class OrderChanges:
    """Merges into the rows of orders."""

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._groups = GroupedPartitions(
            store, ORDERS, changes_at_once=_CHANGES_AT_ONCE, patience=_PATIENCE_SECONDS
        )

    async def apply(self, item: ItemId, merge: Merge, beside: Sequence[Insert | Merge]) -> str:
        """Merge into one row, with what is written beside it, all or nothing; return the row's new ETag.

        RowOperationError carries the index: 0 is the merge. TransientError: it may have been applied, or may
        yet be.
        """
        change = (merge, *beside)
        if sum(encoded_size(operation.columns) for operation in change) > _SHARED_BYTES:
            return (await self._store.transact(ORDERS, shard_of(item), change))[0]
        return (await self._groups.commit(shard_of(item), change, deadline=_DEADLINE_SECONDS))[0]
