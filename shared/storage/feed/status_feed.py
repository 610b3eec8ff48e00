"""The status feed of each owner: gapless numbers whose order is the order of commits.

One transaction raises the head, inserts entries and inserts a marker per shipment. The head's ETag makes
numbers and visibility one event, so a reader can never pass an entry that appears later; the marker makes a
second entry for a shipment impossible. When a shipment ended never changes, so a repeat meets its marker.
What is counted per month rides on the head: no shipment is counted twice or missed, and counting costs no
call.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from datetime import UTC, date

import orjson

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.metrics import Counts
from shared.ports.tables import Insert, Merge, Operation, RowOperationError, TableStore
from shared.records import codec
from shared.records.columns import Columns, Row, joined
from shared.records.keys import instant_key
from shared.runtime.bounded import Bounded
from shared.runtime.clock import Clock
from shared.runtime.errors import ConflictError, PermanentError, TransientError
from shared.storage.feed.feed_batch import (
    Batch,
    NewEntry,
    WrittenEntry,
    counted_with,
    marker_of,
    number_at,
    rows_of,
)
from shared.storage.feed.feed_owners import owner_rows
from shared.storage.keys import (
    FEED_HEAD,
    FEED_MARKER,
    FEED_OWNERS,
    STATUS_FEED,
    feed_day,
    feed_ended,
    feed_entry,
    feed_partition,
    feed_sequence,
)

MAX_NOTIFICATIONS = 50_000  # notifications of one answer: 500 orders with as many recipients as one row has
MAX_BYTES = 20_000_000  # of the entries of one answer as stored; it is about twice as long
_MAX_FAILURES = 20
_LOST_ANSWER = 9  # failures more: it may have taken half a minute, and the message comes again later
_NEVER_ACCEPTED = frozenset({400, 413})
_MARKERS_AT_ONCE = 1000  # of one answer
_LAST = "F"  # sorts after every entry key
_LAST_DAY = "E"  # sorts after every day
_COUNTS = "Counts"
_ROWS_AT_ONCE = 500
_MAX_HEADS = 1000  # remembered


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry under its number, which is a reader's cursor."""

    sequence: int
    closed: ClosedShipment


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
        self._heads: Bounded[str, _Head] = Bounded(_MAX_HEADS)

    async def append(self, owner: str, entries: Sequence[NewEntry]) -> list[Exception | None]:
        """Append ended shipments; one outcome each, None also for a shipment that has its entry.

        PermanentError is the outcome of an entry that no transaction takes; it keeps no other one out.
        """
        batch = Batch()
        for number, entry in enumerate(entries):
            batch.add(number, entry)
        while batch.waiting:
            await self._append_chunk(owner, batch, batch.first())
        return [batch.outcomes[index] for index in range(len(entries))]

    async def _append_chunk(self, owner: str, batch: Batch, chunk: list[int]) -> None:
        error: Exception = TransientError("the feed head stayed contended")
        failures = 0
        while chunk and failures < _MAX_FAILURES:
            try:
                await self._commit(owner, [batch.waiting[key] for key in chunk])
            except RowOperationError as refused:
                if (settled := await self._settled(owner, batch, chunk, refused)) is not None:
                    batch.settle(settled)
                    chunk = [key for key in chunk if key in batch.waiting]
                    continue  # not a failure: there are fewer to append each time
                error = TransientError(str(refused))
                await asyncio.sleep(random.uniform(0, 0.005 * 2 ** min(failures, 6)))  # noqa: S311  jitter
            except TransientError as lost:  # perhaps applied: the markers show it
                error = lost
                failures += _LOST_ANSWER
            except PermanentError as never:
                if len(chunk) == 1:
                    error = never
                    break
                middle = len(chunk) // 2
                await self._append_chunk(owner, batch, chunk[:middle])
                await self._append_chunk(
                    owner, batch, [key for key in chunk[middle:] if key in batch.waiting]
                )
                return
            else:
                batch.settle(dict.fromkeys(chunk))
                return
            failures += 1
        batch.settle(dict.fromkeys(chunk, error))

    async def _settled(
        self, owner: str, batch: Batch, chunk: Sequence[int], refused: RowOperationError
    ) -> dict[int, Exception | None] | None:
        """Return what a refused transaction settles; None when somebody else took the number or the head."""
        if refused.status in _NEVER_ACCEPTED:
            error = PermanentError(str(refused))
            culprit = number_at(refused.index, chunk)
            return dict.fromkeys(chunk if culprit is None else [culprit], error)
        known = batch.known_by(refused, chunk)
        if known is None:
            return None
        return dict.fromkeys({known, *await self._appended(owner, batch.waiting)})

    async def _appended(self, owner: str, entries: Mapping[int, WrittenEntry]) -> list[int]:
        """Return which of these have their entry, by one read: repeats come together, after an outage.

        May miss some of many; the next transaction meets them.
        """
        times = [written.entry.closed.closed_at for written in entries.values()]
        above, below = feed_ended(FEED_MARKER, min(times), ""), feed_ended(FEED_MARKER, max(times), "~")
        try:
            rows = await self._rows(feed_partition(owner), above=above, below=below, limit=_MARKERS_AT_ONCE)
        except TransientError:
            return []
        found = {row.row_key for row in rows}
        return [key for key, written in entries.items() if marker_of(written.entry) in found]

    async def _commit(self, owner: str, written: Sequence[WrittenEntry]) -> None:
        partition, entries = feed_partition(owner), [each.entry for each in written]
        head = self._heads.pop(partition) or await self._read_head(partition)
        if head.etag is None:
            await self._register(owner)
        last = head.sequence + sum(not entry.is_hidden for entry in entries)
        day = max(head.day, self._clock.now().astimezone(UTC).strftime("%Y%m%d"))
        counted = counted_with(head.counts, entries)
        value: Columns = {"Last": last, "Day": day}
        for month, counts in counted.items():
            value[_COUNTS + month] = orjson.dumps(astuple(counts)).decode()
        operations: list[Operation] = [
            Insert(FEED_HEAD, value) if head.etag is None else Merge(FEED_HEAD, value, head.etag)
        ]
        sequence = head.sequence
        for each in written:
            sequence += not each.entry.is_hidden
            operations += rows_of(each, sequence)
        if day != head.day:
            operations.append(Insert(feed_day(day), {"First": head.sequence + 1}))
        etags = await self._store.transact(STATUS_FEED, partition, operations)
        self._heads.put(partition, _Head(last, etags[0], day, {**head.counts, **counted}))

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
            int(str(row.columns["Last"])), row.etag, str(row.columns.get("Day", "")), _counts_in(row)
        )

    async def read(self, owner: str, *, after: int, limit: int, descending: bool = False) -> list[FeedEntry]:
        """Return up to `limit` entries: numbers above `after` rising, or below it falling (0: newest).

        Fewer when they have more than MAX_NOTIFICATIONS notifications or MAX_BYTES, but at least one if there
        is any.
        """
        partition = feed_partition(owner)
        if not descending:
            return _within_limit(
                await self._rows(partition, above=feed_entry(after), below=_LAST, limit=limit)
            )
        newest = (await self._read_head(partition)).sequence
        top = newest if after == 0 else min(after - 1, newest)
        above, below = feed_entry(max(top - limit, 0)), feed_entry(top + 1)
        return _within_limit((await self._rows(partition, above=above, below=below, limit=limit))[::-1])

    async def read_day(self, owner: str, day: date) -> AsyncIterator[FeedEntry]:
        """Yield the entries appended on a UTC day. Every entry belongs to exactly one day."""
        partition, key = feed_partition(owner), feed_day(day.strftime("%Y%m%d"))
        first = await self._store.get(STATUS_FEED, partition, key)
        if first is None:
            return
        following = await self._store.query(STATUS_FEED, partition, above=key, below=_LAST_DAY, limit=1)
        below = feed_entry(int(str(following[0].columns["First"]))) if following else _LAST
        above = feed_entry(int(str(first.columns["First"])) - 1)
        while rows := await self._rows(partition, above=above, below=below, limit=_ROWS_AT_ONCE):
            for row in rows:
                yield _entry(row)
            above = rows[-1].row_key

    async def owners(self) -> list[str]:
        """Return every owner that has a feed."""
        return [str(row.columns["Owner"]) for row in await owner_rows(self._store)]

    async def counts(self, owner: str, month: str) -> Counts:
        """Return what was counted of an owner's shipments requested for a month, such as 203105."""
        row = await self._store.get(STATUS_FEED, feed_partition(owner), FEED_HEAD)
        return Counts() if row is None else _counts_in(row).get(month, Counts())

    async def _rows(self, partition: str, *, above: str, below: str, limit: int) -> list[Row]:
        return await self._store.query(STATUS_FEED, partition, above=above, below=below, limit=limit)


def _within_limit(rows: Sequence[Row]) -> list[FeedEntry]:
    """Return the entries in the first rows, as far as one answer goes."""
    entries: list[FeedEntry] = []
    notifications = size = 0
    for row in rows:
        entry = _entry(row)
        notifications += entry.closed.size
        size += len(codec.unpacked(joined(row, "Body")))
        if entries and (notifications > MAX_NOTIFICATIONS or size > MAX_BYTES):
            break
        entries.append(entry)
    return entries


def _entry(row: Row) -> FeedEntry:
    return FeedEntry(feed_sequence(row.row_key), closed_in(row))


def closed_in(row: Row) -> ClosedShipment:
    """Return the shipment in an entry, hidden or not."""
    return codec.CLOSED.load(codec.unpack(joined(row, "Body")))


def _counts_in(head: Row) -> dict[str, Counts]:
    return {
        name.removeprefix(_COUNTS): Counts(*orjson.loads(str(value)))
        for name, value in head.columns.items()
        if name.startswith(_COUNTS)
    }
