"""The old end of each owner's feed: what retention walks, because it lists every closed order by time.

Packs list shipments that have their content, markers those that are kept. A shipment that has been treated
is taken out of its row, and an empty row is deleted. Each owner's row says when there is something to do
next, so that a run without work is one query.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched

from shared.domain.orders.ids import ItemId, known_id
from shared.ports.tables import Delete, Insert, Merge, Operation, RowOperationError, TableStore
from shared.records.columns import Columns, Row, emptied
from shared.records.keys import instant_key, instant_of
from shared.runtime.errors import ConflictError
from shared.storage.access.grouped import MAX_OPERATIONS, RowChange, apply_each, aside, transact_each
from shared.storage.feed.feed_owners import owner_rows
from shared.storage.feed.feed_pack import PackedEntry, marked_in, marker_columns, pack_columns, packed_in
from shared.storage.keys import (
    FEED_ENTRY,
    FEED_HIDDEN,
    FEED_MARKER,
    FEED_OWNERS,
    STATUS_FEED,
    UNREADABLE,
    feed_day,
    feed_entry,
    feed_marked_second,
    feed_partition,
)

_ROWS_AT_ONCE = 32
_SHIPMENTS_AT_ONCE = 1000  # of full rows; the others are read again
_DAYS_AT_ONCE = 100
_AFTER_ENTRIES, _AFTER_HIDDEN, _AFTER_MARKERS = "F", "I", "N"
_CHANGED_MEANWHILE = frozenset({404, 412})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner whose shipments may have something to lose: the oldest of them was due at `due_at`."""

    owner: str
    etag: str
    due_at: datetime


@dataclass(slots=True, eq=False)
class OldRow:
    """A pack or a row of markers as stored, with the shipments that are still in it."""

    row_key: str
    etag: str
    shipments: list["OldEntry"] = field(default_factory=list)

    def change(self, gone: Sequence["OldEntry"], *, keep_aside: bool) -> RowChange:
        """Return the change that takes shipments out of the row, and perhaps puts each into one aside."""
        left = self._without(gone)
        change = Merge(self.row_key, _columns(left), self.etag) if left else Delete(self.row_key, self.etag)
        aside_rows = [Insert(UNREADABLE + self._key_of(entry), _columns([entry])) for entry in gone]
        return (change, *(aside_rows if keep_aside else ()))

    def changed(self, gone: Sequence["OldEntry"], etag: str) -> None:
        """Note that shipments were taken out."""
        self.shipments, self.etag = self._without(gone), etag

    def _without(self, gone: Sequence["OldEntry"]) -> list["OldEntry"]:
        items = {entry.item for entry in gone}
        return [entry for entry in self.shipments if entry.item not in items]

    def _key_of(self, entry: "OldEntry") -> str:
        """Return a RowKey for one shipment, in order with and distinct from that of the row it leaves."""
        if len(self.shipments) == 1:
            return self.row_key
        if entry.packed is None or not entry.packed.number:
            return f"{self.row_key}|{entry.item}"
        return f"{feed_entry(entry.packed.number)}|{entry.item}"


@dataclass(frozen=True, slots=True, eq=False)
class OldEntry:
    """A shipment in a row of the feed, and when it ended; `packed` is its entry, None of a marker."""

    item: ItemId
    ended_at: datetime
    row: OldRow = field(repr=False)
    packed: PackedEntry | None = field(repr=False)


class FeedTail:
    """Reads and shortens the old end of feeds."""

    def __init__(self, store: TableStore) -> None:
        self._store = store

    async def due_owners(self, now: datetime) -> list[OwnerRow]:
        """Return the owners with something to do, the longest overdue first."""
        owners: list[OwnerRow] = []
        for row in await owner_rows(self._store):
            try:
                due_at = instant_of(str(row.columns["PurgeAt"]))
                owners.append(OwnerRow(str(row.columns["Owner"]), row.etag, due_at))
            except (KeyError, ValueError):
                _log.exception("nothing is purged of an owner whose row is unreadable: %s", row.row_key)
        return sorted((owner for owner in owners if owner.due_at <= now), key=lambda owner: owner.due_at)

    async def postpone(self, row: OwnerRow, until: datetime) -> None:
        """Note when there is something to do next; another run may have noted it already."""
        key, columns = feed_partition(row.owner), {"PurgeAt": instant_key(until)}
        try:
            await self._store.merge(STATUS_FEED, FEED_OWNERS, Merge(key, {**columns}, row.etag))
        except ConflictError:
            return

    async def oldest_entries(self, owner: str) -> list[OldEntry]:
        """Return the oldest entries that readers see."""
        return await self._oldest(owner, FEED_ENTRY, _AFTER_ENTRIES, _pack)

    async def oldest_hidden(self, owner: str) -> list[OldEntry]:
        """Return the oldest entries of cancelled shipments."""
        return await self._oldest(owner, FEED_HIDDEN, _AFTER_HIDDEN, _pack)

    async def oldest_marked(self, owner: str) -> list[OldEntry]:
        """Return the oldest shipments that have a marker."""
        return await self._oldest(owner, FEED_MARKER, _AFTER_MARKERS, _markers)

    async def set_aside(self, owner: str, entries: Sequence[OldEntry]) -> None:
        """Move shipments that cannot be treated out of the way, to where an operator finds them."""
        for some in batched(entries, MAX_OPERATIONS - 1, strict=False):
            await self._take_out(owner, some, keep_aside=True)

    async def drop(self, owner: str, entries: Sequence[OldEntry]) -> None:
        """Take shipments out of their rows."""
        await self._take_out(owner, entries, keep_aside=False)

    async def _take_out(self, owner: str, entries: Sequence[OldEntry], *, keep_aside: bool) -> None:
        rows: dict[OldRow, list[OldEntry]] = defaultdict(list)
        for entry in entries:
            rows[entry.row].append(entry)
        changes = [row.change(gone, keep_aside=keep_aside) for row, gone in rows.items()]
        outcomes = await transact_each(self._store, STATUS_FEED, feed_partition(owner), changes)
        failed: Exception | None = None
        for (row, gone), outcome in zip(rows.items(), outcomes, strict=True):
            match outcome:
                case [etag, *_]:
                    row.changed(gone, etag)
                case RowOperationError(status=status) if status in _CHANGED_MEANWHILE:
                    pass  # by another run, which treats the same shipments
                case Exception():
                    failed = outcome
        if failed is not None:
            raise failed

    async def drop_days(self, owner: str, before: datetime) -> None:
        """Delete the rows that say where a day begins, of days long before an instant."""
        last = feed_day((before.astimezone(UTC) - timedelta(days=2)).strftime("%Y%m%d"))
        partition = feed_partition(owner)
        rows = await self._store.query(STATUS_FEED, partition, above="D", below=last, limit=_DAYS_AT_ONCE)
        await self._change(owner, [(Delete(row.row_key),) for row in rows])

    async def _oldest(
        self, owner: str, above: str, below: str, read: Callable[[Row, OldRow], list[OldEntry]]
    ) -> list[OldEntry]:
        """Return the shipments in the oldest rows of a range; rows that cannot be read are set aside."""
        partition = feed_partition(owner)
        found: list[OldEntry] = []
        rows = await self._store.query(STATUS_FEED, partition, above=above, below=below, limit=_ROWS_AT_ONCE)
        for row in rows:
            old = OldRow(row.row_key, row.etag)
            try:
                old.shipments = read(row, old)
            except Exception:  # noqa: BLE001  whatever makes it unreadable
                _log.exception("an old row of a feed is unreadable: %s of %s", row.row_key, partition)
                await self._change(owner, [aside(row.row_key, row.columns)])
            found += old.shipments
            if len(found) >= _SHIPMENTS_AT_ONCE:
                break
        return found if found or not rows else await self._oldest(owner, above, below, read)

    async def _change(self, owner: str, changes: Sequence[tuple[Operation, ...]]) -> None:
        # another run may have been here
        await apply_each(self._store, STATUS_FEED, feed_partition(owner), changes, unless=404)


def _pack(row: Row, old: OldRow) -> list[OldEntry]:
    found = [(packed, packed.entry.closed) for packed in packed_in(row)]
    return [OldEntry(closed.item, closed.closed_at, old, packed) for packed, closed in found]


def _markers(row: Row, old: OldRow) -> list[OldEntry]:
    ended_at = feed_marked_second(row.row_key) + timedelta(seconds=1)  # rather late than early
    return [OldEntry(known_id(shipment_id), ended_at, old, None) for shipment_id in marked_in(row)]


def _columns(entries: Sequence[OldEntry]) -> Columns:
    """Return the columns of a row with these shipments, which leave nothing of others behind."""
    packed = [entry.packed for entry in entries if entry.packed is not None]
    if not packed:
        return marker_columns(str(entry.item) for entry in entries)
    return emptied("Body") | pack_columns([each.pair for each in packed])
