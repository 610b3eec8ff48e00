"""Changes that share transactions: those in one partition that come while another is under way go together.

A change alone waits for nobody. Under load a partition has many at a time, and sharing spares calls and CPU.
See docs/decisions/0030-changes-of-orders-share-transactions.md.
"""

from collections.abc import Sequence

from shared.ports.tables import Delete, Operation, TableStore
from shared.records.columns import encoded_size
from shared.storage.access.grouped import GroupedPartitions

_SHARED_BYTES = 16_000  # of a change that shares a transaction: a larger one would hold up others
_CHANGES_AT_ONCE = 8  # each that is refused costs the others another try
_PATIENCE_SECONDS = 1.0
_DEADLINE_SECONDS = 30.0


class SharedChanges:
    """Changes of the rows of one table."""

    def __init__(self, store: TableStore, table: str) -> None:
        self._store = store
        self._table = table
        self._groups = GroupedPartitions(
            store, table, changes_at_once=_CHANGES_AT_ONCE, patience=_PATIENCE_SECONDS
        )

    async def apply(self, partition_key: str, change: Sequence[Operation]) -> list[str]:
        """Apply the operations of one change, all or none, and return their ETags.

        RowOperationError carries the index within the change. TransientError: it may have been applied, or
        may be later.
        """
        columns = (operation.columns for operation in change if not isinstance(operation, Delete))
        if sum(map(encoded_size, columns)) > _SHARED_BYTES:
            return await self._store.transact(self._table, partition_key, change)
        return await self._groups.commit(partition_key, tuple(change), deadline=_DEADLINE_SECONDS)
