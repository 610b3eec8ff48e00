"""Group commit for rows of one partition: concurrent writes share one entity group transaction.

A refused operation takes only its own item out; the rest of the transaction is run again without it. What is
too much for one transaction goes into several.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from shared.ports.tables import Delete, Insert, Merge, Operation, RowOperationError, TableStore
from shared.records.columns import Columns, encoded_size
from shared.runtime.bounded import Bounded
from shared.runtime.errors import TransientError
from shared.runtime.group_commit import FLUSH_SECONDS, GroupCommit
from shared.runtime.run_time import RunTime
from shared.storage.keys import UNREADABLE

MAX_OPERATIONS = 100  # limit of an entity group transaction
MAX_TRANSACTION_BYTES = 4_000_000  # as sent, of 4 MiB that also hold the framing of the rows
_PARTITIONS = 1000  # remembered: beyond that the changes of one may need several writes
type RowChange = tuple[Operation, ...]


class GroupedPartitions:
    """Group commits of one table, one per partition, made when first written to.

    Two writes to a partition are at least `apart` seconds after each other, unless many changes wait. With
    `patience`, a change waits no longer than so many seconds for a write before its own.
    """

    def __init__(
        self,
        store: TableStore,
        table: str,
        *,
        changes_at_once: int = MAX_OPERATIONS // 2,
        apart: float = 0.0,
        patience: float | None = None,
    ) -> None:
        self._store = store
        self._table = table
        self._changes_at_once = changes_at_once
        self._apart = apart
        self._patience = patience
        self._partitions: Bounded[str, GroupCommit[RowChange, list[str]]] = Bounded(_PARTITIONS)

    async def apply(
        self, partition_key: str, change: RowChange, *, deadline: float, unless: int | None = None
    ) -> bool:
        """Apply the operations of one change, all or none; False when refused with the status `unless`.

        RowOperationError carries the index within the change; TransientError: `deadline` seconds passed.
        """
        try:
            await self.commit(partition_key, change, deadline=deadline)
        except RowOperationError as error:
            if error.status != unless:
                raise
            return False
        return True

    async def commit(self, partition_key: str, change: RowChange, *, deadline: float) -> list[str]:
        """Apply the operations of one change, all or none, and return their ETags; errors as of `apply`."""
        group = self._partitions.made(partition_key, lambda: self._new_group(partition_key))
        return await group.commit(change, deadline)

    def _new_group(self, partition_key: str) -> GroupCommit[RowChange, list[str]]:
        return GroupCommit(
            partial(transact_each, self._store, self._table, partition_key),
            max_items=self._changes_at_once,
            flush_timeout=FLUSH_SECONDS if self._patience is None else self._patience,
            apart=self._apart,
            overtakes=self._patience is not None,
        )


async def transact_each(
    store: TableStore, table: str, partition_key: str, changes: Sequence[RowChange]
) -> list[list[str] | Exception]:
    """Apply changes in as few transactions as possible; return ETags or the error of each.

    Changes of the same row go into separate transactions, in order. An error of a whole transaction is the
    outcome of each of its members, if it may pass; otherwise one of them may be the reason, and each is
    applied alone.
    """
    outcomes: dict[int, list[str] | Exception] = {}
    waiting = list(enumerate(changes))
    while waiting:
        chunk, rest = _disjoint(waiting)
        operations = [operation for _, change in chunk for operation in change]
        try:
            etags = await store.transact(table, partition_key, operations)
        except RowOperationError as error:
            index, change_error = _culprit(chunk, error)
            outcomes[index] = change_error
            waiting = [entry for entry in chunk if entry[0] != index] + rest
            continue
        except Exception as error:  # noqa: BLE001  every member learns the fate of its transaction
            if len(chunk) == 1 or isinstance(error, TransientError):
                outcomes.update((index, error) for index, _ in chunk)
            else:
                for index, change in chunk:
                    (outcomes[index],) = await transact_each(store, table, partition_key, [change])
        else:
            for index, change in chunk:
                outcomes[index], etags = etags[: len(change)], etags[len(change) :]
        waiting = rest
    return [outcomes[index] for index in range(len(changes))]


async def apply_each(
    store: TableStore, table: str, partition_key: str, changes: Sequence[RowChange], *, unless: int
) -> list[bool]:
    """Apply changes as `transact_each` does; return of each whether it was not refused with `unless`.

    Raises the first other error, after all changes.
    """
    outcomes = await transact_each(store, table, partition_key, changes)
    refused = [isinstance(each, RowOperationError) and each.status == unless for each in outcomes]
    for outcome, is_refused in zip(outcomes, refused, strict=True):
        if isinstance(outcome, Exception) and not is_refused:
            raise outcome
    return [not is_refused for is_refused in refused]


async def replace_row(
    store: TableStore, table: str, partition_key: str, row_key: str, columns: Columns, *, etag: str | None
) -> str:
    """Write the row whose ETag was read, a new one when that is None; return the new ETag.

    ConflictError: somebody else was faster.
    """
    if etag is None:
        return await store.insert(table, partition_key, row_key, columns)
    return await store.merge(table, partition_key, Merge(row_key, columns, etag))


async def delete_each(store: TableStore, table: str, partition_key: str, row_keys: Iterable[str]) -> None:
    """Delete rows; those already gone are fine."""
    await apply_each(store, table, partition_key, [(Delete(row_key),) for row_key in row_keys], unless=404)


async def delete_range(
    store: TableStore, table: str, partition_key: str, *, above: str, run: RunTime
) -> list[str]:
    """Delete all rows with above < RowKey until the run is over; return some keys of what is left, if any."""
    while rows := await store.query(
        table, partition_key, above=above, below="~", limit=MAX_OPERATIONS, select=("RowKey",)
    ):
        row_keys = [row.row_key for row in rows]
        if run.is_over():
            return row_keys
        await delete_each(store, table, partition_key, row_keys)
        if len(rows) < MAX_OPERATIONS:
            break
    return []


def aside(row_key: str, columns: Columns) -> RowChange:
    """Return the change that moves a row to where only operators look: out of every range that is read."""
    return Delete(row_key), Insert(UNREADABLE + row_key, columns)


type _Entry = tuple[int, RowChange]


def _disjoint(entries: Sequence[_Entry]) -> tuple[list[_Entry], list[_Entry]]:
    chunk: list[_Entry] = []
    rest: list[_Entry] = []
    rows: set[str] = set()
    deferred: set[str] = set()
    size = bytes_sent = 0
    for entry in entries:
        keys = {operation.row_key for operation in entry[1]}
        must_wait = size + len(keys) > MAX_OPERATIONS or keys & (rows | deferred)
        weight = 0 if must_wait else sum(map(_weight, entry[1]))
        if must_wait or (chunk and bytes_sent + weight > MAX_TRANSACTION_BYTES):
            deferred |= keys
            rest.append(entry)
        else:
            rows |= keys
            size += len(keys)
            bytes_sent += weight
            chunk.append(entry)
    return chunk, rest


def _weight(operation: Operation) -> int:
    return 0 if isinstance(operation, Delete) else encoded_size(operation.columns)


def _culprit(chunk: Sequence[_Entry], error: RowOperationError) -> tuple[int, RowOperationError]:
    position = error.index
    for index, change in chunk:
        if position < len(change):
            return index, RowOperationError(position, error.status)
        position -= len(change)
    return chunk[-1][0], RowOperationError(0, error.status)
