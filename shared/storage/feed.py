"""The status feed of each owner: gapless numbers whose order is the order of commits.

One transaction raises the head, inserts entries and inserts a marker per shipment. The head's ETag makes
numbers and visibility one event, so a reader can never pass an entry that appears later; the marker makes a
second entry for a shipment impossible. What is counted per month rides on the head: no shipment is counted
twice or missed, and counting costs no call.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from datetime import UTC, date

import orjson

from shared.clock import Clock
from shared.domain.metrics import Counts
from shared.domain.tracking import ClosedShipment
from shared.errors import ConflictError, TransientError
from shared.ports import Insert, Merge, Operation, Properties, Row, RowOperationError, TableStore
from shared.storage import codec
from shared.storage.columns import joined, split
from shared.storage.keys import (
    FEED_HEAD,
    FEED_OWNERS,
    STATUS_FEED,
    feed_day,
    feed_entry,
    feed_hidden,
    feed_marker,
    feed_partition,
    feed_sequence,
    instant_key,
)

MAX_ENTRIES_PER_TRANSACTION = 49  # head, day and 2 rows each stay within 100 operations
_MAX_NOTIFICATIONS = 8000  # of the entries of one transaction, which holds 4 MiB: some 300 bytes each
_MAX_FAILURES = 20
_LOST_ANSWER = 9  # failures more: it may have taken half a minute, and the message comes again later
_LAST = "F"  # sorts after every entry key
_LAST_DAY = "E"  # sorts after every day
_COUNTS = "Counts"
_MAX_OWNERS = 10_000
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry under its number, which is a reader's cursor."""

    sequence: int
    closed: ClosedShipment


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An ended shipment, what it adds to the counts of its month, and whether readers never see it."""

    closed: ClosedShipment
    counts: Counts = field(default_factory=Counts)
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class _Head:
    sequence: int
    etag: str | None  # None: there is no head row yet
    day: str = ""
    counts: Mapping[str, Counts] = field(default_factory=dict)


class StatusFeed:
    """Appends to and reads feeds; remembers heads, so an append usually is one call."""

    def __init__(self, store: TableStore, clock: Clock, first_number: int = 1) -> None:
        self._store = store
        self._clock = clock
        self._first_number = first_number
        self._heads: dict[str, _Head] = {}

    async def append(self, owner: str, entries: Sequence[NewEntry]) -> list[Exception | None]:
        """Append ended shipments; one outcome each, None also for a shipment that has its entry."""
        outcomes: dict[int, Exception | None] = {}
        waiting = list(enumerate(entries))
        while waiting:
            size = _fitting([entry for _, entry in waiting])
            chunk, waiting = waiting[:size], waiting[size:]
            outcomes.update(await self._append_chunk(owner, dict(chunk)))
        return [outcomes[index] for index in range(len(entries))]

    async def _append_chunk(self, owner: str, entries: dict[int, NewEntry]) -> dict[int, Exception | None]:
        outcomes: dict[int, Exception | None] = {}
        error: Exception = TransientError("the feed head stayed contended")
        failures = 0
        while entries and failures < _MAX_FAILURES:
            try:
                await self._commit(owner, list(entries.values()))
            except RowOperationError as refused:
                error = TransientError(str(refused))
                known = _known(refused, entries)
                if known is not None:  # this shipment has its entry already
                    outcomes[known] = None
                    del entries[known]
                    continue  # not a failure: there are fewer to append each time
                await asyncio.sleep(random.uniform(0, 0.005 * 2 ** min(failures, 6)))  # noqa: S311  jitter
            except TransientError as lost:  # perhaps applied: the markers will tell
                error = lost
                failures += _LOST_ANSWER
            else:
                return outcomes | dict.fromkeys(entries)
            failures += 1
        return outcomes | dict.fromkeys(entries, error)

    async def _commit(self, owner: str, entries: Sequence[NewEntry]) -> None:
        partition = feed_partition(owner)
        head = self._heads.pop(partition, None) or await self._read_head(partition)
        if head.etag is None:
            await self._register(owner)
        last = head.sequence + sum(not entry.is_hidden for entry in entries)
        day = max(head.day, self._clock.now().astimezone(UTC).strftime("%Y%m%d"))
        counted = _counted(head.counts, entries)
        value: Properties = {"Last": last, "Day": day}
        for month, counts in counted.items():
            value[_COUNTS + month] = orjson.dumps(astuple(counts)).decode()
        operations: list[Operation] = [
            Insert(FEED_HEAD, value) if head.etag is None else Merge(FEED_HEAD, value, head.etag)
        ]
        sequence = head.sequence
        for entry in entries:
            sequence += not entry.is_hidden
            operations += _rows(entry, sequence)
        if day != head.day:
            operations.append(Insert(feed_day(day), {"First": head.sequence + 1}))
        etags = await self._store.transact(STATUS_FEED, partition, operations)
        self._heads[partition] = _Head(last, etags[0], day, {**head.counts, **counted})

    async def _register(self, owner: str) -> None:
        with suppress(ConflictError):
            due = instant_key(self._clock.now())
            await self._store.insert(
                STATUS_FEED, FEED_OWNERS, feed_partition(owner), {"Owner": owner, "PurgeAt": due}
            )

    async def _read_head(self, partition: str) -> _Head:
        row = await self._store.get(STATUS_FEED, partition, FEED_HEAD)
        if row is None:
            return _Head(self._first_number - 1, None)
        return _Head(
            int(str(row.properties["Last"])), row.etag, str(row.properties.get("Day", "")), _counts_in(row)
        )

    async def read(self, owner: str, *, after: int, limit: int, descending: bool = False) -> list[FeedEntry]:
        """Return up to `limit` entries: numbers above `after` rising, or below it falling (0: newest)."""
        partition = feed_partition(owner)
        if not descending:
            return await self._entries(partition, above=feed_entry(after), below=_LAST, limit=limit)
        newest = (await self._read_head(partition)).sequence
        top = newest if after == 0 else min(after - 1, newest)
        above, below = feed_entry(max(top - limit, 0)), feed_entry(top + 1)
        return (await self._entries(partition, above=above, below=below, limit=limit))[::-1]

    async def read_day(self, owner: str, day: date) -> AsyncIterator[FeedEntry]:
        """Yield the entries appended on a UTC day. Every entry belongs to exactly one day."""
        partition, key = feed_partition(owner), feed_day(day.strftime("%Y%m%d"))
        first = await self._store.get(STATUS_FEED, partition, key)
        if first is None:
            return
        following = await self._store.query(STATUS_FEED, partition, above=key, below=_LAST_DAY, limit=1)
        below = feed_entry(int(str(following[0].properties["First"]))) if following else _LAST
        above = feed_entry(int(str(first.properties["First"])) - 1)
        while page := await self._entries(partition, above=above, below=below, limit=_ROWS_AT_ONCE):
            for entry in page:
                yield entry
            above = feed_entry(page[-1].sequence)

    async def owners(self) -> list[str]:
        """Return every owner that has a feed."""
        rows = await self._store.query(STATUS_FEED, FEED_OWNERS, above="", below="~", limit=_MAX_OWNERS)
        return [str(row.properties["Owner"]) for row in rows]

    async def counts(self, owner: str, month: str) -> Counts:
        """Return what was counted of an owner's shipments requested for a month, such as 203105."""
        row = await self._store.get(STATUS_FEED, feed_partition(owner), FEED_HEAD)
        return Counts() if row is None else _counts_in(row).get(month, Counts())

    async def _entries(self, partition: str, *, above: str, below: str, limit: int) -> list[FeedEntry]:
        rows = await self._store.query(STATUS_FEED, partition, above=above, below=below, limit=limit)
        return [FeedEntry(feed_sequence(row.row_key), closed_in(row)) for row in rows]


def closed_in(row: Row) -> ClosedShipment:
    """Return the shipment in an entry, hidden or not."""
    return codec.closed_from_json(codec.unpack(joined(row, "Body")))


def _fitting(entries: Sequence[NewEntry]) -> int:
    """Return how many of these entries go into one transaction, at least one."""
    told = 0
    for number, entry in enumerate(entries[:MAX_ENTRIES_PER_TRANSACTION]):
        told += len(entry.closed.notifications)
        if number and told > _MAX_NOTIFICATIONS:
            return number
    return min(len(entries), MAX_ENTRIES_PER_TRANSACTION)


def _known(refused: RowOperationError, entries: Mapping[int, NewEntry]) -> int | None:
    """Return the key of the entry whose own row was there before; None when something else was refused.

    The marker belongs to a shipment, and so does the row of a hidden entry, which comes before its marker. A
    number belongs to whoever is first.
    """
    position, is_marker = (refused.index - 1) // 2, refused.index % 2 == 0
    if refused.status != 409 or not 0 <= position < len(entries):
        return None
    key = list(entries)[position]
    return key if is_marker or entries[key].is_hidden else None


def _rows(entry: NewEntry, sequence: int) -> tuple[Operation, Operation]:
    closed = entry.closed
    key = feed_hidden(closed.closed_at, closed.shipment_id) if entry.is_hidden else feed_entry(sequence)
    body = codec.pack(codec.closed_to_json(closed))
    return Insert(key, split("Body", body)), Insert(feed_marker(closed.shipment_id), {"Row": key})


def _counted(counts: Mapping[str, Counts], entries: Sequence[NewEntry]) -> dict[str, Counts]:
    """Return the new counts of the months that the entries belong to."""
    changed: dict[str, Counts] = {}
    for entry in entries:
        at = entry.closed.requested_send_at or entry.closed.closed_at
        month = at.astimezone(UTC).strftime("%Y%m")
        changed[month] = changed.get(month, counts.get(month, Counts())) + entry.counts
    return changed


def _counts_in(head: Row) -> dict[str, Counts]:
    return {
        name.removeprefix(_COUNTS): Counts(*orjson.loads(str(value)))
        for name, value in head.properties.items()
        if name.startswith(_COUNTS)
    }
