"""The old end of each owner's feed: what retention walks, because it lists every closed order by time.

An entry whose order lost its content becomes a tail row, which is dropped, with its marker, when the rest of
the order goes. Each owner's row says when there is something to do next, so that a run without work is one
query.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.domain.orders.ids import ItemId, known_id
from shared.ports.tables import Delete, Insert, Merge, Operation, TableStore
from shared.records.columns import Columns, Row
from shared.records.keys import instant_key, instant_of
from shared.runtime.errors import ConflictError
from shared.storage.access.grouped import apply_each, aside
from shared.storage.feed.feed_owners import owner_rows
from shared.storage.feed.status_feed import closed_in
from shared.storage.keys import (
    FEED_HIDDEN,
    FEED_MARKER,
    FEED_OWNERS,
    FEED_TAIL,
    STATUS_FEED,
    feed_day,
    feed_ended,
    feed_partition,
)

ROWS_AT_ONCE = 100
_log = logging.getLogger(__name__)
_AFTER_ENTRIES, _AFTER_HIDDEN, _AFTER_TAILS, _AFTER_DAYS = "F", "I", "U", "E"


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner whose shipments may have something to lose: the oldest of them was due at `due_at`."""

    owner: str
    etag: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OldRow:
    """An entry, hidden or not, or a tail row: the shipment, when it ended, and the columns as they are."""

    row_key: str
    item: ItemId
    ended_at: datetime
    columns: Columns = field(repr=False)

    def key(self, kind: str) -> str:
        """Return the RowKey of another row of the same shipment."""
        return feed_ended(kind, self.ended_at, str(self.item))


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

    async def oldest_entries(self, owner: str) -> list[OldRow]:
        """Return the oldest entries that readers see."""
        return await self._oldest(owner, "E", _AFTER_ENTRIES, _entry)

    async def oldest_hidden(self, owner: str) -> list[OldRow]:
        """Return the oldest entries of cancelled shipments."""
        return await self._oldest(owner, FEED_HIDDEN, _AFTER_HIDDEN, _entry)

    async def oldest_tails(self, owner: str) -> list[OldRow]:
        """Return the oldest tail rows."""
        return await self._oldest(owner, FEED_TAIL, _AFTER_TAILS, _tail)

    async def set_aside(self, owner: str, rows: Sequence[OldRow]) -> None:
        """Move rows whose shipments cannot be treated out of the way, to where an operator finds them."""
        await self._change(owner, [aside(row.row_key, row.columns) for row in rows])

    async def shorten(self, owner: str, rows: Sequence[OldRow]) -> None:
        """Replace entries by tail rows."""
        await self._change(owner, [(Delete(row.row_key), Insert(row.key(FEED_TAIL), {})) for row in rows])

    async def drop(self, owner: str, rows: Sequence[OldRow]) -> None:
        """Delete tail rows and their markers."""
        await self._change(owner, [(Delete(row.row_key), Delete(row.key(FEED_MARKER))) for row in rows])

    async def drop_days(self, owner: str, before: datetime) -> None:
        """Delete the rows that say where a day begins, of days long before an instant."""
        last = feed_day((before.astimezone(UTC) - timedelta(days=2)).strftime("%Y%m%d"))
        partition = feed_partition(owner)
        rows = await self._store.query(STATUS_FEED, partition, above="D", below=last, limit=ROWS_AT_ONCE)
        await self._change(owner, [(Delete(row.row_key),) for row in rows])

    async def _oldest(
        self, owner: str, above: str, below: str, read: Callable[[Row], OldRow]
    ) -> list[OldRow]:
        """Return the oldest rows of a range; those that cannot be read are set aside as they are."""
        partition = feed_partition(owner)
        found: list[OldRow] = []
        rows = await self._store.query(STATUS_FEED, partition, above=above, below=below, limit=ROWS_AT_ONCE)
        for row in rows:
            try:
                found.append(read(row))
            except Exception:  # noqa: BLE001  whatever makes it unreadable
                _log.exception("an old row of a feed is unreadable: %s of %s", row.row_key, partition)
                await self._change(owner, [aside(row.row_key, row.columns)])
        return found if found or not rows else await self._oldest(owner, above, below, read)

    async def _change(self, owner: str, changes: Sequence[tuple[Operation, ...]]) -> None:
        # another run may have been here
        await apply_each(self._store, STATUS_FEED, feed_partition(owner), changes, unless=404)


def _entry(row: Row) -> OldRow:
    closed = closed_in(row)
    return OldRow(row.row_key, closed.item, closed.closed_at, row.columns)


def _tail(row: Row) -> OldRow:
    ended, _, shipment_id = row.row_key[1:].partition("|")
    return OldRow(row.row_key, known_id(shipment_id), instant_of(ended), row.columns)
