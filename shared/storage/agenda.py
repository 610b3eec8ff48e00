"""The agenda: from registration until its feed entry is written every open order has a row here.

A row says when its order must next be looked at. A move is delete and insert in one transaction, so a row is
never lost and never in two places; all agenda work of a process shares group commits.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.shipment import AgendaKey
from shared.ids import ItemId, parse_id
from shared.ports import Delete, Insert, Row, RowOperationError, TableStore
from shared.storage.grouped import GroupedPartitions, RowChange, transact_each
from shared.storage.keys import AGENDA, AGENDA_SHARDS, agenda_parts, agenda_row, instant_key, instant_of

_DEADLINE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """One row: the shipment, how often it was visited, when it closes at the latest.

    `written_at` is the real time at which the order was first noted, in seconds since the epoch.
    """

    key: AgendaKey
    item: ItemId
    visits: int
    deadline: datetime
    written_at: float

    @property
    def due_at(self) -> datetime:
        """When the shipment is to be looked at."""
        return instant_of(agenda_parts(self.key.row_key)[0])


class Agenda:
    """Writes, moves and removes agenda rows; one instance and one shard of its own per process."""

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._shard = secrets.choice(AGENDA_SHARDS)
        self._groups = GroupedPartitions(store, AGENDA)

    def key_for(self, item: ItemId, due_at: datetime) -> AgendaKey:
        """Return the key of a new row in this process's shard."""
        return AgendaKey(self._shard, agenda_row(due_at, item, secrets.token_hex(4)))

    async def add(self, entries: Sequence[AgendaEntry]) -> None:
        """Write the rows of one placement, all in this process's shard."""
        change = tuple(_insert(entry) for entry in entries)
        try:
            await self._groups.apply(entries[0].key.shard, change, deadline=_DEADLINE_SECONDS)
        except RowOperationError as error:
            if error.status != 409:  # the nonce makes a row that exists one written by our own lost attempt
                raise

    async def move(self, entry: AgendaEntry, due_at: datetime, *, visits: int) -> bool:
        """Move a row within its shard; False when it is elsewhere, where it stays."""
        moved = moved_entry(entry, due_at, visits=visits)
        if moved.key == entry.key:
            return True
        try:
            await self._groups.apply(entry.key.shard, _move(entry, moved), deadline=_DEADLINE_SECONDS)
        except RowOperationError as error:
            if error.status != 404:
                raise
            return False
        return True

    async def remove(self, key: AgendaKey) -> None:
        """Remove a row; one already gone is fine."""
        try:
            await self._groups.apply(key.shard, (Delete(key.row_key),), deadline=_DEADLINE_SECONDS)
        except RowOperationError as error:
            if error.status != 404:
                raise

    async def due(self, shard: str, now: datetime, limit: int) -> list[AgendaEntry]:
        """Return the rows of a shard that are due, earliest first."""
        rows = await self._store.query(AGENDA, shard, above="", below=instant_key(now), limit=limit)
        return [entry for row in rows if (entry := _entry(row)) is not None]

    async def move_all(
        self, shard: str, moves: Sequence[tuple[AgendaEntry, AgendaEntry]]
    ) -> list[list[str] | Exception]:
        """Move many rows of a shard; one outcome each."""
        return await transact_each(self._store, AGENDA, shard, [_move(old, new) for old, new in moves])


def moved_entry(entry: AgendaEntry, due_at: datetime, *, visits: int) -> AgendaEntry:
    """Return the entry as it will be after a move within its shard."""
    nonce = agenda_parts(entry.key.row_key)[2]
    key = AgendaKey(entry.key.shard, agenda_row(due_at, entry.item, nonce))
    return AgendaEntry(key, entry.item, visits, entry.deadline, entry.written_at)


def _insert(entry: AgendaEntry) -> Insert:
    return Insert(
        entry.key.row_key,
        {
            "Visits": entry.visits,
            "Deadline": entry.deadline.isoformat(),
            "WrittenAt": entry.written_at,
        },
    )


def _move(old: AgendaEntry, new: AgendaEntry) -> RowChange:
    return (Delete(old.key.row_key), _insert(new))


def _entry(row: Row) -> AgendaEntry | None:
    item = parse_id(agenda_parts(row.row_key)[1])
    if item is None:
        return None
    return AgendaEntry(
        key=AgendaKey(row.partition_key, row.row_key),
        item=item,
        visits=int(str(row.properties["Visits"])),
        deadline=datetime.fromisoformat(str(row.properties["Deadline"])),
        written_at=float(str(row.properties["WrittenAt"])),
    )
