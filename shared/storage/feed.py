"""The status feed of each owner: gapless numbers whose order is the order of commits.

One transaction raises the head, inserts entries and inserts a marker per shipment. The head's ETag makes
numbers and visibility one event, so a reader can never pass an entry that appears later; the marker makes a
second entry for a shipment impossible.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.tracking import ClosedShipment
from shared.errors import TransientError
from shared.ports import Insert, Merge, Operation, Properties, RowOperationError, TableStore
from shared.storage import codec
from shared.storage.keys import FEED_HEAD, STATUS_FEED, feed_entry, feed_marker, feed_partition, feed_sequence

MAX_ENTRIES_PER_TRANSACTION = 49  # head + 2 rows each stay within 100 operations
_MAX_ROUNDS = 20
_LAST = "F"  # sorts after every entry key


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry under its number, which is a reader's cursor."""

    sequence: int
    closed: ClosedShipment


@dataclass(frozen=True, slots=True)
class _Head:
    sequence: int
    etag: str | None  # None: there is no head row yet


class StatusFeed:
    """Appends to and reads feeds; remembers heads, so an append usually is one call."""

    def __init__(self, store: TableStore, first_number: int = 1) -> None:
        self._store = store
        self._first_number = first_number
        self._heads: dict[str, _Head] = {}

    async def append(self, owner: str, entries: Sequence[ClosedShipment]) -> list[Exception | None]:
        """Append ended shipments; one outcome each, None also for a shipment that has its entry."""
        outcomes: dict[int, Exception | None] = {}
        waiting = list(enumerate(entries))
        while waiting:
            chunk, waiting = waiting[:MAX_ENTRIES_PER_TRANSACTION], waiting[MAX_ENTRIES_PER_TRANSACTION:]
            outcomes.update(await self._append_chunk(feed_partition(owner), dict(chunk)))
        return [outcomes[index] for index in range(len(entries))]

    async def _append_chunk(
        self, partition: str, entries: dict[int, ClosedShipment]
    ) -> dict[int, Exception | None]:
        outcomes: dict[int, Exception | None] = {}
        error: Exception = TransientError("the feed head stayed contended")
        for attempt in range(_MAX_ROUNDS):
            if not entries:
                return outcomes
            try:
                await self._commit(partition, list(entries.values()))
            except RowOperationError as refused:
                error = TransientError(str(refused))
                position = (refused.index - 1) // 2
                is_marker = refused.index > 0 and refused.index % 2 == 0
                if is_marker and refused.status == 409:  # this shipment has its entry already
                    index = list(entries)[position]
                    outcomes[index] = None
                    del entries[index]
                else:
                    await asyncio.sleep(random.uniform(0, 0.005 * 2 ** min(attempt, 6)))  # noqa: S311  jitter
            except TransientError as lost:  # perhaps applied: the markers will tell
                error = lost
            else:
                return outcomes | dict.fromkeys(entries)
        return outcomes | dict.fromkeys(entries, error)

    async def _commit(self, partition: str, entries: Sequence[ClosedShipment]) -> None:
        head = self._heads.pop(partition, None) or await self._read_head(partition)
        last = head.sequence + len(entries)
        value: Properties = {"Last": last}
        operations: list[Operation] = [
            Insert(FEED_HEAD, value) if head.etag is None else Merge(FEED_HEAD, value, head.etag)
        ]
        for sequence, closed in enumerate(entries, head.sequence + 1):
            operations.append(
                Insert(feed_entry(sequence), {"Body": codec.pack(codec.closed_to_json(closed))})
            )
            operations.append(Insert(feed_marker(closed.shipment_id), {"Sequence": sequence}))
        etags = await self._store.transact(STATUS_FEED, partition, operations)
        self._heads[partition] = _Head(last, etags[0])

    async def _read_head(self, partition: str) -> _Head:
        row = await self._store.get(STATUS_FEED, partition, FEED_HEAD)
        if row is None:
            return _Head(self._first_number - 1, None)
        return _Head(int(str(row.properties["Last"])), row.etag)

    async def read(self, owner: str, *, after: int, limit: int, descending: bool = False) -> list[FeedEntry]:
        """Return up to `limit` entries: numbers above `after` rising, or below it falling (0: newest)."""
        partition = feed_partition(owner)
        if not descending:
            return await self._entries(partition, above=feed_entry(after), below=_LAST, limit=limit)
        newest = (await self._read_head(partition)).sequence
        top = newest if after == 0 else min(after - 1, newest)
        above, below = feed_entry(max(top - limit, 0)), feed_entry(top + 1)
        return (await self._entries(partition, above=above, below=below, limit=limit))[::-1]

    async def _entries(self, partition: str, *, above: str, below: str, limit: int) -> list[FeedEntry]:
        rows = await self._store.query(STATUS_FEED, partition, above=above, below=below, limit=limit)
        return [FeedEntry(feed_sequence(row.row_key), _closed(row.properties)) for row in rows]


def _closed(properties: Properties) -> ClosedShipment:
    body = properties["Body"]
    assert isinstance(body, bytes)
    return codec.closed_from_json(codec.unpack(body))
