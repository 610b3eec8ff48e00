"""The agenda: every open shipment has a row here, from registration until its feed entry is written.

So has every webhook that is not paused. A row says when its shipment or webhook must next be looked at. It
lies beside its shipment, so that both are written at once. A move is delete and insert in one transaction, so
a row is never lost and never in two places; all agenda work of a process shares group commits. Rows that only
wait for their time, and rows of shipments whose work is on its way through the queues, are ranges of their
own, so that neither delays the other.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.orders.ids import ItemId, parse_id
from shared.domain.orders.order import OrderRequest
from shared.domain.orders.shipment import AgendaKey
from shared.ports.tables import Delete, Insert, TableStore
from shared.records.agenda_entry import LANES, AgendaEntry, agenda_parts, agenda_row, lane_of
from shared.records.columns import Row
from shared.records.keys import instant_of
from shared.storage.access.grouped import GroupedPartitions, RowChange, aside, transact_each
from shared.storage.keys import CHAIN, ORDERS, agenda_range, shard_of

_DEADLINE_SECONDS = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DueRows:
    """What is due in one range, earliest first; `unreadable` are rows that cannot be read."""

    entries: list[AgendaEntry]
    unreadable: list[Row]


class Agenda:
    """Writes, moves and removes agenda rows; one instance per process."""

    def __init__(self, store: TableStore, removals_apart: float = 0.0) -> None:
        """`removals_apart`: seconds between two writes of `remove_later` to a shard."""
        self._store = store
        self._groups = GroupedPartitions(store, ORDERS)
        self._removals = GroupedPartitions(store, ORDERS, apart=removals_apart)

    def key_for(self, order: OrderRequest, item: ItemId, due_at: datetime, *, under_way: bool) -> AgendaKey:
        """Return the key of a new row; `under_way` when a queue gets work of it."""
        nonce = lane_of(order.channel_schema) + secrets.token_hex(4)
        return AgendaKey(shard_of(item), agenda_row(due_at, item, nonce, under_way=under_way))

    def key_of_webhook(self, item: ItemId, due_at: datetime, nonce: str) -> AgendaKey:
        """Return the key of a new row of a webhook."""
        return AgendaKey(shard_of(item), agenda_row(due_at, item, nonce, under_way=False))

    async def add(self, entries: Sequence[AgendaEntry]) -> None:
        """Write the rows of one webhook, or of a chain whose orders are written later."""
        change = tuple(agenda_insert(entry) for entry in entries)
        # the nonce makes a row that exists one written by our own lost attempt
        await self._groups.apply(entries[0].key.shard, change, deadline=_DEADLINE_SECONDS, unless=409)

    async def move(self, entry: AgendaEntry, moved: AgendaEntry) -> bool:
        """Move a row within its shard; False when it is elsewhere, where it stays."""
        return moved.key == entry.key or await _change(self._groups, entry.key.shard, _move(entry, moved))

    async def remove(self, keys: Iterable[AgendaKey]) -> None:
        """Remove rows that nothing waits for; one that cannot be removed now stays for its next visit."""
        await self._remove(self._groups, keys)

    async def remove_later(self, keys: Iterable[AgendaKey]) -> None:
        """Remove rows as `remove` does, some time later, so that they share a write with others."""
        await self._remove(self._removals, keys)

    async def _remove(self, groups: GroupedPartitions, keys: Iterable[AgendaKey]) -> None:
        removals = (_change(groups, key.shard, (Delete(key.row_key),)) for key in keys)
        for failure in await asyncio.gather(*removals, return_exceptions=True):
            if isinstance(failure, BaseException):
                _log.warning("an agenda row that nothing waits for stays for its next visit: %s", failure)

    async def is_under_way(self, shard: str) -> bool:
        """Whether a shard has rows of any lane, due or not."""
        above, below = LANES[0], CHAIN
        return bool(await self._store.query(ORDERS, shard, above=above, below=below, limit=1, select=()))

    async def due(self, shard: str, before: datetime, limit: int, lane: str = "") -> DueRows:
        """Return rows of a shard that were due before an instant.

        Without a lane: rows that only wait for their time. With one: rows of that lane, whose work should
        have come through the queues by then.
        """
        above, below = agenda_range(lane, before)
        due = DueRows([], [])
        for row in await self._store.query(ORDERS, shard, above=above, below=below, limit=limit):
            try:
                due.entries.append(_entry(row))
            except (KeyError, ValueError) as error:
                _log.error("an agenda row is unreadable: %s of shard %s: %r", row.row_key, shard, error)
                due.unreadable.append(row)
        return due

    async def set_aside(self, row: Row) -> None:
        """Move an unreadable row out of the way, to where an operator finds it."""
        await _change(self._groups, row.partition_key, aside(row.row_key, row.columns))

    async def move_all(
        self, shard: str, moves: Sequence[tuple[AgendaEntry, AgendaEntry]]
    ) -> list[list[str] | Exception]:
        """Move many rows of a shard; one outcome each."""
        return await transact_each(self._store, ORDERS, shard, [_move(old, new) for old, new in moves])


async def _change(groups: GroupedPartitions, shard: str, change: RowChange) -> bool:
    return await groups.apply(shard, change, deadline=_DEADLINE_SECONDS, unless=404)


def agenda_insert(entry: AgendaEntry) -> Insert:
    """Return the change that writes a new row."""
    return Insert(
        entry.key.row_key,
        {
            "Visits": entry.visits,
            "Deadline": entry.deadline.isoformat(),
            "WrittenAt": entry.written_at,
            "Owner": entry.owner,
        },
    )


def _move(old: AgendaEntry, new: AgendaEntry) -> RowChange:
    return (Delete(old.key.row_key), agenda_insert(new))


def _entry(row: Row) -> AgendaEntry:
    """Read a row; KeyError or ValueError when it is none of ours."""
    due, shipment, nonce = agenda_parts(row.row_key)
    item = parse_id(shipment)
    if item is None or not (item.is_shipment or item.is_webhook) or not nonce:
        raise ValueError("no shipment or webhook is named")
    deadline = datetime.fromisoformat(str(row.columns["Deadline"]))
    if deadline.tzinfo is None or instant_of(due).tzinfo is None:
        raise ValueError("an instant without its zone")
    return AgendaEntry(
        key=AgendaKey(row.partition_key, row.row_key),
        item=item,
        visits=int(str(row.columns["Visits"])),
        deadline=deadline,
        written_at=float(str(row.columns["WrittenAt"])),
        owner=str(row.columns.get("Owner", "")),
    )
