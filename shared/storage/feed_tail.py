"""The old end of each owner's feed: what retention walks, because it lists every closed order by time.

An entry whose order lost its content becomes a tail row, which is dropped, with its marker, when the rest of
the order goes. Each owner's row says when there is something to do next, so that a run without work is one
query.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.errors import ConflictError
from shared.ids import ItemId, parse_id
from shared.ports import Delete, Insert, Merge, Operation, Row, TableStore
from shared.storage.feed import closed_in
from shared.storage.grouped import raise_refused, transact_each
from shared.storage.keys import (
    FEED_OWNERS,
    STATUS_FEED,
    feed_day,
    feed_marker,
    feed_partition,
    feed_tail,
    instant_key,
)

ROWS_AT_ONCE = 40  # delete and insert, or two deletes, each: within 100 operations of a transaction
_MAX_OWNERS = 10_000
_AFTER_ENTRIES, _AFTER_HIDDEN, _AFTER_TAILS, _AFTER_DAYS = "F", "I", "U", "E"


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner whose shipments may have something to lose."""

    owner: str
    etag: str


@dataclass(frozen=True, slots=True)
class OldRow:
    """An entry, hidden or not, or a tail row: the shipment and when it ended."""

    row_key: str
    item: ItemId
    ended_at: datetime


class FeedTail:
    """Reads and shortens the old end of feeds."""

    def __init__(self, store: TableStore) -> None:
        self._store = store

    async def due_owners(self, now: datetime) -> list[OwnerRow]:
        """Return the owners with something to do."""
        rows = await self._store.query(STATUS_FEED, FEED_OWNERS, above="", below="~", limit=_MAX_OWNERS)
        due = instant_key(now)
        return [
            OwnerRow(str(row.properties["Owner"]), row.etag)
            for row in rows
            if str(row.properties["PurgeAt"]) <= due
        ]

    async def postpone(self, row: OwnerRow, until: datetime) -> None:
        """Note when there is something to do next; another run may have noted it already."""
        key, properties = feed_partition(row.owner), {"PurgeAt": instant_key(until)}
        try:
            await self._store.merge(STATUS_FEED, FEED_OWNERS, Merge(key, {**properties}, row.etag))
        except ConflictError:
            return

    async def oldest_entries(self, owner: str) -> list[OldRow]:
        """Return the oldest entries that readers see."""
        return [_entry(row) for row in await self._oldest(owner, "E", _AFTER_ENTRIES)]

    async def oldest_hidden(self, owner: str) -> list[OldRow]:
        """Return the oldest entries of cancelled shipments."""
        return [_entry(row) for row in await self._oldest(owner, "H", _AFTER_HIDDEN)]

    async def oldest_tails(self, owner: str) -> list[OldRow]:
        """Return the oldest tail rows."""
        return [_tail(row) for row in await self._oldest(owner, "T", _AFTER_TAILS)]

    async def shorten(self, owner: str, rows: Sequence[OldRow]) -> None:
        """Replace entries by tail rows."""
        await self._change(
            owner,
            [(Delete(row.row_key), Insert(feed_tail(row.ended_at, str(row.item)), {})) for row in rows],
        )

    async def drop(self, owner: str, rows: Sequence[OldRow]) -> None:
        """Delete tail rows and their markers."""
        await self._change(
            owner,
            [(Delete(row.row_key), Delete(feed_marker(row.ended_at, str(row.item)))) for row in rows],
        )

    async def drop_days(self, owner: str, before: datetime) -> None:
        """Delete what says where days begin, of days long before an instant."""
        last = feed_day((before.astimezone(UTC) - timedelta(days=2)).strftime("%Y%m%d"))
        partition = feed_partition(owner)
        rows = await self._store.query(STATUS_FEED, partition, above="D", below=last, limit=ROWS_AT_ONCE)
        await self._change(owner, [(Delete(row.row_key),) for row in rows])

    async def _oldest(self, owner: str, above: str, below: str) -> list[Row]:
        partition = feed_partition(owner)
        return await self._store.query(STATUS_FEED, partition, above=above, below=below, limit=ROWS_AT_ONCE)

    async def _change(self, owner: str, changes: Sequence[tuple[Operation, ...]]) -> None:
        outcomes = await transact_each(self._store, STATUS_FEED, feed_partition(owner), changes)
        raise_refused(outcomes, unless=404)  # another run has been here


def _entry(row: Row) -> OldRow:
    closed = closed_in(row)
    return OldRow(row.row_key, _item(closed.shipment_id), closed.closed_at)


def _tail(row: Row) -> OldRow:
    ended, _, shipment_id = row.row_key[1:].partition("|")
    at = datetime.strptime(ended, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
    return OldRow(row.row_key, _item(shipment_id), at)


def _item(shipment_id: str) -> ItemId:
    item = parse_id(shipment_id)
    assert item is not None  # written from an id of ours
    return item
