"""The status feed of each owner as use cases see it: appended to, read in pages and by days, counted.

How an append keeps its promises is told in `owner_feed.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from functools import partial

from shared.domain.orders.metrics import Counts
from shared.ports.tables import TableStore
from shared.records.columns import Row
from shared.runtime.bounded import Bounded
from shared.runtime.clock import Clock
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.feed_head import read_head
from shared.storage.feed.feed_owners import owner_rows
from shared.storage.feed.feed_pack import FeedEntry, PackedEntry, packed_in
from shared.storage.feed.owner_feed import OwnerFeed
from shared.storage.keys import STATUS_FEED, feed_day, feed_entry, feed_partition, feed_sequence

MAX_NOTIFICATIONS = 50_000  # notifications of one answer: 500 orders with as many recipients as one row has
MAX_BYTES = 20_000_000  # of the entries of one answer as stored; it is about twice as long
_FIRST_PACKS = 8  # more than a page from a busy feed, or from the end of any feed, mostly needs
_LAST = "F"  # sorts after every entry key
_LAST_DAY = "E"  # sorts after every day
_PACKS_AT_ONCE = 50
_MAX_OWNERS = 1000  # remembered


class StatusFeed:
    """Appends to and reads feeds; remembers the heads of some, so an append usually is one or two calls."""

    def __init__(self, store: TableStore, clock: Clock, first_number: int = 1) -> None:
        self._store = store
        self._clock = clock
        self._first_number = first_number
        self._owners: Bounded[str, OwnerFeed] = Bounded(_MAX_OWNERS)

    async def append(self, owner: str, entries: Sequence[NewEntry]) -> list[Exception | None]:
        """Append ended shipments; one outcome each, None also for a shipment that has its entry.

        PermanentError is the outcome of an entry that no transaction takes; it keeps no other one out.
        """
        new = partial(OwnerFeed, self._store, self._clock, owner, self._first_number)
        feed = self._owners.made(owner, new)
        outcomes = await asyncio.gather(*(feed.append(entry) for entry in entries), return_exceptions=True)
        return [outcome if isinstance(outcome, Exception) else None for outcome in outcomes]

    def has_webhooks(self, owner: str) -> bool:
        """Whether an owner had webhooks when something was last appended here; no call is made."""
        feed = self._owners.get(owner)
        return feed is not None and feed.has_webhooks

    async def newest(self, owner: str) -> int:
        """Return the number of an owner's newest entry; of one without entries, that before the first."""
        return (await read_head(self._store, feed_partition(owner), self._first_number)).sequence

    async def read(self, owner: str, *, after: int, limit: int, descending: bool = False) -> list[FeedEntry]:
        """Return up to `limit` entries: numbers above `after` rising, or below it falling (0: newest).

        Fewer when they have more than MAX_NOTIFICATIONS notifications or MAX_BYTES, but at least one if there
        is any.
        """
        partition = feed_partition(owner)
        if not descending:
            return _page(await self._rising(partition, after, limit), limit)
        newest = (await read_head(self._store, partition)).sequence
        top = newest if after == 0 else min(after - 1, newest)
        return _page(await self._falling(partition, top, limit), limit)

    async def _rising(self, partition: str, after: int, limit: int) -> list[PackedEntry]:
        """Return at least the first `limit` entries above a number, by three calls at most.

        How many entries a pack has is seen in the first ones. The rest is bounded by the last number needed.
        """
        rows = await self._rows(partition, above=feed_entry(after), below=_LAST, limit=_FIRST_PACKS)
        entries = [entry for entry in _in_order(rows) if entry.number > after]
        if len(rows) < _FIRST_PACKS or len(entries) >= limit:
            return entries
        last = entries[0].number + limit - 1
        return entries + await self._up_to(partition, rows[-1].row_key, last, limit)

    async def _falling(self, partition: str, top: int, limit: int) -> list[PackedEntry]:
        """Return the last `limit` entries up to a number, the last first."""
        bottom = max(top - limit, 0)
        entries = await self._up_to(partition, feed_entry(bottom), top, limit)
        return [entry for entry in reversed(entries) if bottom < entry.number <= top]

    async def _up_to(self, partition: str, above: str, last: int, limit: int) -> list[PackedEntry]:
        """Return the entries of packs above a RowKey up to the one that holds the number `last`."""
        end = f"{feed_entry(last)}~"
        rows = await self._rows(partition, above=above, below=end, limit=limit + 1)  # one may have lost all
        if not rows or feed_sequence(rows[-1].row_key) < last:
            rows += await self._rows(partition, above=max(above, end), below=_LAST, limit=1)
        return _in_order(rows)

    async def read_day(self, owner: str, day: date) -> AsyncIterator[FeedEntry]:
        """Yield the entries appended on a UTC day. Every entry belongs to exactly one day."""
        partition, key = feed_partition(owner), feed_day(day.strftime("%Y%m%d"))
        first = await self._store.get(STATUS_FEED, partition, key)
        if first is None:
            return
        following = await self._store.query(STATUS_FEED, partition, above=key, below=_LAST_DAY, limit=1)
        below = feed_entry(int(str(following[0].columns["First"]))) if following else _LAST
        above = feed_entry(int(str(first.columns["First"])) - 1)
        while rows := await self._rows(partition, above=above, below=below, limit=_PACKS_AT_ONCE):
            for row in rows:
                for packed in packed_in(row):
                    yield packed.entry
            above = rows[-1].row_key

    async def owners(self) -> list[str]:
        """Return every owner that has a feed."""
        return [str(row.columns["Owner"]) for row in await owner_rows(self._store)]

    async def counts(self, owner: str, month: str) -> Counts:
        """Return what was counted of an owner's shipments requested for a month, such as 203105."""
        return (await read_head(self._store, feed_partition(owner))).counts.get(month, Counts())

    async def _rows(self, partition: str, *, above: str, below: str, limit: int) -> list[Row]:
        return await self._store.query(STATUS_FEED, partition, above=above, below=below, limit=limit)


def _in_order(rows: Iterable[Row]) -> list[PackedEntry]:
    """Return the entries of packs by number, also where one was moved out of its pack and back."""
    return sorted((entry for row in rows for entry in packed_in(row)), key=lambda entry: entry.number)


def _page(packed: Iterable[PackedEntry], limit: int) -> list[FeedEntry]:
    """Return the first entries, as far as one answer goes."""
    entries: list[FeedEntry] = []
    notifications = size = 0
    for each in packed:
        entry = each.entry
        notifications += entry.closed.size
        size += each.size
        if entries and (notifications > MAX_NOTIFICATIONS or size > MAX_BYTES):
            break
        entries.append(entry)
        if len(entries) == limit:
            break
    return entries
