"""Where a gateway's delivery report and our own record of the send meet, whichever comes first.

The sender inserts `reference → notification`; a report for an unknown reference inserts itself. Who finds the
other's row applies the report. Nothing is retried or parked elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import orjson

from shared.domain.notification import Outcome, SmsResult
from shared.errors import ConflictError, TransientError
from shared.ids import ItemId, parse_id
from shared.ports import Delete, Insert, Merge, Row, RowOperationError, TableStore
from shared.storage.grouped import GroupedPartitions, raise_refused, transact_each
from shared.storage.keys import GATEWAY_REFERENCES, reference_key

_DEADLINE_SECONDS = 10.0
_ROUNDS = 10


class GatewayReferences:
    """The rendezvous of sends and reports."""

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._groups = GroupedPartitions(store, GATEWAY_REFERENCES)

    async def register(self, reference: str, notification: ItemId) -> list[Outcome]:
        """Note which notification a reference belongs to; return the reports that came before."""
        partition, row_key = reference_key(reference)
        insert = Insert(row_key, {"Notification": str(notification)})
        try:
            await self._groups.apply(partition, (insert,), deadline=_DEADLINE_SECONDS)
        except RowOperationError as error:
            if error.status != 409:
                raise TransientError(str(error)) from error
        else:
            return []
        for _ in range(_ROUNDS):
            row = await self._store.get(GATEWAY_REFERENCES, partition, row_key)
            if row is None or "Notification" in row.properties:
                return [] if row is None else _reports(row)
            try:
                await self._store.merge(
                    GATEWAY_REFERENCES, partition, Merge(row_key, insert.properties, row.etag)
                )
            except ConflictError:
                continue
            return _reports(row)
        raise TransientError("a gateway reference stayed contended")

    async def find_or_park(self, reference: str, outcome: Outcome) -> ItemId | None:
        """Return the notification of a reference; None when the report was parked until it is registered."""
        partition, row_key = reference_key(reference)
        for _ in range(_ROUNDS):
            row = await self._store.get(GATEWAY_REFERENCES, partition, row_key)
            if row is not None and "Notification" in row.properties:
                return parse_id(str(row.properties["Notification"]))
            try:
                if row is None:
                    parked = {"Reports": _dump([outcome])}
                    await self._store.insert(GATEWAY_REFERENCES, partition, row_key, {**parked})
                else:
                    more = {"Reports": _dump([*_reports(row), outcome])}
                    await self._store.merge(GATEWAY_REFERENCES, partition, Merge(row_key, {**more}, row.etag))
            except ConflictError:
                continue
            return None
        raise TransientError("a gateway reference stayed contended")

    async def remove(self, references: Iterable[str]) -> None:
        """Forget which notifications references belong to; unknown ones are fine."""
        partitions: dict[str, list[tuple[Delete]]] = defaultdict(list)
        for partition, row_key in {reference_key(reference) for reference in references}:
            partitions[partition].append((Delete(row_key),))
        for partition, deletes in partitions.items():
            outcomes = await transact_each(self._store, GATEWAY_REFERENCES, partition, deletes)
            raise_refused(outcomes, unless=404)


def _dump(outcomes: list[Outcome]) -> str:
    return orjson.dumps([[outcome.result.value, outcome.at.isoformat()] for outcome in outcomes]).decode()


def _reports(row: Row) -> list[Outcome]:
    text = row.properties.get("Reports")
    if text is None:
        return []
    return [Outcome(SmsResult(result), datetime.fromisoformat(at)) for result, at in orjson.loads(str(text))]
