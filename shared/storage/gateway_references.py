"""Where a gateway's delivery report and our own record of the send meet, whichever comes first.

The sender inserts `reference → notification`; a report for an unknown reference inserts itself. The second of
the two finds the row of the first and applies the report. A report that waits is also listed by time, in the
same transactions, so that those whose reference never comes can be found and deleted.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from shared.domain.orders.ids import ItemId, known_id
from shared.domain.orders.notification import Outcome, SmsResult
from shared.ports.tables import Delete, Insert, Merge, RowOperationError, TableStore
from shared.records.columns import Columns, Row
from shared.records.shipment_rows import StoredShipment, copy_in
from shared.runtime.errors import ConflictError, TransientError
from shared.runtime.run_time import RunTime
from shared.storage.access.grouped import MAX_OPERATIONS, GroupedPartitions, apply_each, delete_each
from shared.storage.keys import (
    GATEWAY_REFERENCES,
    REFERENCE_SHARDS,
    parked_at,
    parked_key,
    parked_reference,
    reference_key,
)

_DEADLINE_SECONDS = 10.0
_REMOVAL_SECONDS = 30.0  # there may be thousands at once, and no caller is in a hurry
_ROUNDS = 10
_PARKED_AT = "ParkedAt"
_PARKED_AT_ONCE = MAX_OPERATIONS // 2  # each takes two deletes


@dataclass(frozen=True, slots=True)
class Referenced:
    """What a reference belongs to, and the row of that as it was claimed, if it was kept beside it."""

    notification: ItemId
    claimed: StoredShipment | None


class GatewayReferences:
    """The rendezvous of sends and reports."""

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._groups = GroupedPartitions(store, GATEWAY_REFERENCES)
        # apart, so that no send waits for thousands of them
        self._removals = GroupedPartitions(store, GATEWAY_REFERENCES, changes_at_once=MAX_OPERATIONS)

    async def register(self, reference: str, notification: ItemId) -> list[Outcome]:
        """Note which notification a reference belongs to; return the reports that came before."""
        partition, row_key = reference_key(reference)
        insert = Insert(row_key, {"Notification": str(notification)})
        for _ in range(_ROUNDS):
            try:
                if await self._groups.apply(partition, (insert,), deadline=_DEADLINE_SECONDS, unless=409):
                    return []
            except RowOperationError as error:
                raise TransientError(str(error)) from error
            row = await self._store.get(GATEWAY_REFERENCES, partition, row_key)
            if row is None:
                continue  # what waited here was too old and has just been deleted
            if "Notification" in row.columns:
                return _reports(row)
            merge = Merge(row_key, insert.columns, row.etag)
            try:
                await self._store.transact(GATEWAY_REFERENCES, partition, [merge, Delete(_listed_as(row))])
            except RowOperationError:
                continue
            return _reports(row)
        raise TransientError("a gateway reference stayed contended")

    async def find_or_park(self, reference: str, outcome: Outcome) -> Referenced | None:
        """Return what a reference belongs to; None when the report was parked until it is registered."""
        partition, row_key = reference_key(reference)
        for _ in range(_ROUNDS):
            row = await self._store.get(GATEWAY_REFERENCES, partition, row_key)
            if row is not None and "Notification" in row.columns:
                item = known_id(str(row.columns["Notification"]))
                return Referenced(item, copy_in(row, item.row))
            try:
                if row is None:
                    parked: Columns = {"Reports": _dump([outcome]), _PARKED_AT: outcome.at}
                    inserts = [Insert(row_key, parked), Insert(parked_key(outcome.at, row_key), {})]
                    await self._store.transact(GATEWAY_REFERENCES, partition, inserts)
                else:
                    more = {"Reports": _dump([*_reports(row), outcome])}
                    await self._store.merge(GATEWAY_REFERENCES, partition, Merge(row_key, {**more}, row.etag))
            except (ConflictError, RowOperationError):
                continue
            return None
        raise TransientError("a gateway reference stayed contended")

    async def purge_parked(self, before: datetime, run: RunTime) -> datetime | None:
        """Delete reports parked before an instant whose reference was not registered, until the run is over.

        Returns how far it came when it was; None: nothing is left. One that is registered at the same time
        stays: it is taken off the list, without which nothing goes.
        """
        came_to = [await self._purge_shard(partition, before, run) for partition in REFERENCE_SHARDS]
        return min((at for at in came_to if at is not None), default=None)

    async def _purge_shard(self, partition: str, before: datetime, run: RunTime) -> datetime | None:
        below = parked_key(before, "")
        while rows := await self._store.query(
            GATEWAY_REFERENCES, partition, above="!", below=below, limit=_PARKED_AT_ONCE
        ):
            if run.is_over():
                return parked_at(rows[0].row_key)
            await self._drop(partition, [row.row_key for row in rows])
            if len(rows) < _PARKED_AT_ONCE:
                break
        return None

    async def _drop(self, partition: str, listed: Sequence[str]) -> None:
        changes = [(Delete(key), Delete(parked_reference(key))) for key in listed]
        gone = await apply_each(self._store, GATEWAY_REFERENCES, partition, changes, unless=404)
        # a report that came again when its reference had gone may have been removed with it
        alone = [key for key, is_gone in zip(listed, gone, strict=True) if not is_gone]
        await delete_each(self._store, GATEWAY_REFERENCES, partition, alone)

    async def remove(self, references: Iterable[str]) -> None:
        """Forget which notifications references belong to; unknown ones are fine. Callers share calls."""
        removals = []
        for reference in set(references):
            partition, row_key = reference_key(reference)
            change = (Delete(row_key),)
            removals.append(self._removals.apply(partition, change, deadline=_REMOVAL_SECONDS, unless=404))
        await asyncio.gather(*removals)


def _listed_as(row: Row) -> str:
    parked_at = row.columns[_PARKED_AT]
    assert isinstance(parked_at, datetime)
    return parked_key(parked_at, row.row_key)


def _dump(outcomes: list[Outcome]) -> str:
    return orjson.dumps([[outcome.result.value, outcome.at.isoformat()] for outcome in outcomes]).decode()


def _reports(row: Row) -> list[Outcome]:
    text = row.columns.get("Reports")
    if text is None:
        return []
    return [Outcome(SmsResult(result), datetime.fromisoformat(at)) for result, at in orjson.loads(str(text))]
