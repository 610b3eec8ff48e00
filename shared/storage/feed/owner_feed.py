"""Appends to the feed of one owner: gapless numbers whose order is the order of commits, each shipment once.

One transaction raises the head, and inserts the pack of entries and the markers of their shipments. Markers
are read before that, after the head is known. If the head's ETag still holds then, nobody has appended
meanwhile, and what had no marker has none. So numbers, visibility and markers are one event. A reader can
never pass an entry that appears later, and a repeat finds its marker, because the time at which a shipment
ended never changes. What ended after all others is known to be new without a read.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from shared.ports.tables import Insert, Operation, RowOperationError, TableStore
from shared.runtime.clock import Clock
from shared.runtime.errors import PermanentError, TransientError
from shared.runtime.group_commit import GroupCommit
from shared.storage.feed.feed_batch import MAX_ENTRIES, Batch, NewEntry, Waiting, counted_with, rows_of
from shared.storage.feed.feed_head import Head, read_head
from shared.storage.feed.feed_owners import register_owner
from shared.storage.feed.feed_pack import MARKERS, marked_in
from shared.storage.keys import STATUS_FEED, feed_day, feed_partition

_SECONDS = 60.0  # for an entry to be appended; callers have shorter deadlines
_MAX_FAILURES = 20
_MAX_DOUBLINGS = 3
_LOST_ANSWER = 9  # failures more: it may have taken half a minute, and the message comes again later
_NEVER_ACCEPTED = frozenset({400, 413})
_APART_SECONDS = 0.1  # between two writes: nobody waits for an entry
_HEAD = 0  # position in the transaction
_MARKERS_AT_ONCE = 200  # rows: at a thousand entries a second those of about ten seconds


class OwnerFeed:
    """Appends what many callers have in common transactions, and remembers the head between them."""

    def __init__(self, store: TableStore, clock: Clock, owner: str, first_number: int) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._partition = feed_partition(owner)
        self._first_number = first_number
        self._head: Head | None = None
        self.has_webhooks = False  # by the head that was read or written last
        self._group = GroupCommit(self._append, max_items=MAX_ENTRIES, apart=_APART_SECONDS)

    async def append(self, entry: NewEntry) -> None:
        """Append an ended shipment unless it has its entry. PermanentError: no row takes it."""
        await self._group.commit(entry, _SECONDS)

    async def _append(self, entries: Sequence[NewEntry]) -> list[Exception | None]:
        batch = Batch()
        for entry in entries:
            batch.add(entry)
        try:
            while batch.waiting:
                await self._append_some(batch, batch.first())
        except Exception as error:  # noqa: BLE001  such as a wrong set-up: not the fault of one entry
            batch.settle(dict.fromkeys(batch.waiting, error))
        return [batch.outcomes[entry.closed.shipment_id] for entry in entries]

    async def _append_some(self, batch: Batch, some: Sequence[str]) -> None:
        """Try until each of some that wait has its outcome."""
        error: Exception = TransientError("the head of the feed stayed contended")
        failures = 0
        while failures < _MAX_FAILURES:
            begun = time.monotonic()
            try:
                await self._commit(batch, some)
            except RowOperationError as refused:
                if refused.status in _NEVER_ACCEPTED:
                    await self._never(batch, some, PermanentError(str(refused)), refused.index == _HEAD)
                    return
                error = TransientError(str(refused))
                # others append at this moment: give them the time that an attempt takes, or a few times that
                pause = (time.monotonic() - begun) * 2 ** min(failures, _MAX_DOUBLINGS)
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311  jitter
            except TransientError as lost:  # perhaps applied: the markers show it
                error = lost
                failures += _LOST_ANSWER
            except PermanentError as never:
                await self._never(batch, some, never, False)
                return
            else:
                return
            failures += 1
            some = [shipment_id for shipment_id in some if shipment_id in batch.waiting]
        batch.settle(dict.fromkeys(some, error))

    async def _never(self, batch: Batch, some: Sequence[str], error: Exception, concerns_all: bool) -> None:
        """Settle what storage never takes; unless it concerns all, it is found by halves."""
        left = [shipment_id for shipment_id in some if shipment_id in batch.waiting]
        if len(left) == 1 or concerns_all:
            batch.settle(dict.fromkeys(left, error))
            return
        middle = len(left) // 2
        await self._append_some(batch, left[:middle])
        await self._append_some(batch, left[middle:])

    async def _commit(self, batch: Batch, some: Sequence[str]) -> None:
        """Append those of some that have no entry yet, in one transaction; settle all if that succeeds."""
        head, self._head = self._head, None
        if head is None:
            head = await read_head(self._store, self._partition, self._first_number)
        self.has_webhooks = head.webhooks > 0
        known = await self._known(head, [batch.waiting[shipment_id] for shipment_id in some])
        batch.settle(dict.fromkeys(known))
        new = [shipment_id for shipment_id in some if shipment_id in batch.waiting]
        if new:
            head = await self._write(head, [batch.waiting[shipment_id] for shipment_id in new])
        self._head = head
        batch.settle(dict.fromkeys(new))

    async def _known(self, head: Head, waiting: Sequence[Waiting]) -> list[str]:
        """Return which shipments have their entry, by the markers of the seconds in which they ended.

        One read usually has them all: it begins at the first of these seconds and skips none of the rest.
        """
        shipments = {each.entry.closed.shipment_id: each.entry.second for each in waiting}
        seconds = sorted(second for second in {*shipments.values()} if second <= head.newest)
        marked: set[str] = set()
        read_to = ""
        while seconds:
            rows = await self._store.query(
                STATUS_FEED,
                self._partition,
                above=max(read_to, seconds[0]),
                below=_end(seconds[-1]),
                limit=_MARKERS_AT_ONCE,
                select=MARKERS,
            )
            for row in rows:
                marked.update(marked_in(row))
            if len(rows) < _MARKERS_AT_ONCE:
                break
            read_to = rows[-1].row_key
            seconds = [second for second in seconds if _end(second) > read_to]
        return [shipment_id for shipment_id in shipments if shipment_id in marked]

    async def _write(self, head: Head, entries: Sequence[Waiting]) -> Head:
        if head.etag is None:
            await register_owner(self._store, self._owner, self._clock.now())
        last = head.sequence + sum(not each.entry.is_hidden for each in entries)
        day = max(head.day, self._clock.now().astimezone(UTC).strftime("%Y%m%d"))
        newest = max(head.newest, *(each.entry.second for each in entries))
        new = Head(last, None, day, newest, counted_with(head.counts, entries), head.webhooks)
        operations: list[Operation] = [head.operation(new), *rows_of(entries, head.sequence)]
        if day != head.day:
            operations.append(Insert(feed_day(day), {"First": head.sequence + 1}))
        etags = await self._store.transact(STATUS_FEED, self._partition, operations)
        return replace(new, etag=etags[_HEAD])


def _end(second: str) -> str:
    """Return what sorts after the RowKeys of all markers of a second."""
    return f"{second}~"
