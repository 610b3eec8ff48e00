"""Messages that no handler could process, kept for an operator until they are too old."""

from datetime import datetime

from shared.messaging import queues
from shared.ports import Delete, TableStore
from shared.storage.grouped import MAX_OPERATIONS, transact_each
from shared.storage.keys import DEAD_LETTERS, instant_key

_MAX_CHUNKS = 20


class DeadLetters:
    """One row per message and queue."""

    def __init__(self, store: TableStore) -> None:
        self._store = store

    async def purge_before(self, at: datetime) -> None:
        """Delete what was recorded before an instant, a bounded number of rows at a time."""
        for queue in queues.QUEUES:
            for _ in range(_MAX_CHUNKS):
                rows = await self._store.query(
                    DEAD_LETTERS, queue, above="", below=instant_key(at), limit=MAX_OPERATIONS
                )
                await transact_each(self._store, DEAD_LETTERS, queue, [(Delete(r.row_key),) for r in rows])
                if len(rows) < MAX_OPERATIONS:
                    break
