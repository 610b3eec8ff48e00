"""The log of a dialog: every notification of the shipments that belong to it, written when they close.

One row holds one shipment, or one page of a large one. A dialog is looked up by its id, without its owner;
owners may also look up a transmission, so its rows are written a second time.

Any owner may name any dialog. So a row says whose it is, and what is read of each owner is limited by itself:
the rows of one owner never take the place of another's.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import orjson

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.ports.tables import Insert, TableStore
from shared.records import codec
from shared.records.columns import Row, joined, split
from shared.storage.access.grouped import apply_each, delete_each
from shared.storage.keys import NOTIFICATION_LOG, encode

MAX_ROWS = 1000  # of one owner's answer; no real dialog has as many
MAX_ROWS_EACH = 200  # of each owner, in an answer about all of them
MAX_BYTES = 20_000_000  # of one answer; in one about all owners each has its share
_MAX_OWNERS = 100
_ENTRY_BYTES = 400

type LoggedRow = tuple[str, ClosedShipment]  # the owner, and what it sent


class NotificationLog:
    """Writes, reads and purges the rows of dialogs."""

    def __init__(self, store: TableStore) -> None:
        self._store = store

    async def add(self, owner: str, rows: Sequence[ClosedShipment]) -> None:
        """Write closed shipments or pages that belong to a dialog; what is there already stays as it is."""
        partitions: dict[str, list[tuple[Insert]]] = defaultdict(list)
        for row in rows:
            body = codec.pack(codec.CLOSED.dump(row))
            for partition in _partitions(owner, row.dialog_id, row.transmission_id):
                columns = {"Owner": owner} | split("Body", body)
                partitions[partition].append((Insert(_row_key(owner, row.shipment_id), columns),))
        for partition, inserts in partitions.items():
            await apply_each(self._store, NOTIFICATION_LOG, partition, inserts, unless=409)

    async def of_dialog(self, dialog_id: str, owner: str) -> list[LoggedRow]:
        """Return what an owner logged of a dialog."""
        return await self._read(_dialog(dialog_id), owner)

    async def of_transmission(self, owner: str, transmission_id: str) -> list[LoggedRow]:
        """Return what an owner's transmission was logged with."""
        return await self._read(_transmission(owner, transmission_id), owner)

    async def of_all_owners(self, dialog_id: str) -> list[LoggedRow]:
        """Return what all owners logged of a dialog, as much of each as if there were no other."""
        found: dict[str, list[Row]] = defaultdict(list)
        above = ""
        while len(found) <= _MAX_OWNERS:
            rows = await self._store.query(
                NOTIFICATION_LOG, _dialog(dialog_id), above=above, below="~", limit=MAX_ROWS_EACH
            )
            for row in rows:
                found[_owner_key(row)].append(row)
            if len(rows) < MAX_ROWS_EACH:
                break
            last = _owner_key(rows[-1])
            is_full = len(found[last]) >= MAX_ROWS_EACH
            above = f"{last}|~" if is_full else rows[-1].row_key
        share = MAX_BYTES // max(len(found), 1)
        return [each for rows in found.values() for each in _within(share, rows[:MAX_ROWS_EACH])]

    async def remove(
        self, owner: str, dialog_id: str | None, transmission_id: str | None, row_ids: Iterable[str]
    ) -> None:
        """Delete the rows of shipments or pages; rows already gone are fine."""
        row_keys = [_row_key(owner, row_id) for row_id in row_ids]
        for partition in _partitions(owner, dialog_id, transmission_id):
            await delete_each(self._store, NOTIFICATION_LOG, partition, row_keys)

    async def _read(self, partition: str, owner: str) -> list[LoggedRow]:
        above, below = f"{encode(owner)}|", f"{encode(owner)}|~"
        rows = await self._store.query(NOTIFICATION_LOG, partition, above=above, below=below, limit=MAX_ROWS)
        return _within(MAX_BYTES, rows)


def _partitions(owner: str, dialog_id: str | None, transmission_id: str | None) -> list[str]:
    partitions = []
    if dialog_id and dialog_id.strip():
        partitions.append(_dialog(dialog_id))
    if transmission_id and transmission_id.strip():
        partitions.append(_transmission(owner, transmission_id))
    return partitions


def _dialog(dialog_id: str) -> str:
    try:
        return f"d|{UUID(dialog_id.strip())}"
    except ValueError:
        return f"d|{encode(dialog_id.strip())}"


def _transmission(owner: str, transmission_id: str) -> str:
    return f"t|{encode(owner)}|{encode(transmission_id.strip())}"


def _row_key(owner: str, row_id: str) -> str:
    return f"{encode(owner)}|{row_id}"


def _owner_key(row: Row) -> str:
    return row.row_key.partition("|")[0]


def _within(max_bytes: int, rows: Sequence[Row]) -> list[LoggedRow]:
    """Return what the first rows hold, one at least, as far as an answer about them goes."""
    logged: list[LoggedRow] = []
    size = 0
    for row in rows:
        owner, closed = _logged(row)
        size += _answer_size(closed)
        if logged and size > max_bytes:
            break
        logged.append((owner, closed))
    return logged


def _answer_size(closed: ClosedShipment) -> int:
    """Return about how many bytes the answer about these notifications takes; each repeats both ids."""
    ids = "".join(filter(None, (closed.dialog_id, closed.transmission_id)))
    return len(closed.notifications) * (_ENTRY_BYTES + len(orjson.dumps(ids)))


def _logged(row: Row) -> LoggedRow:
    # rows of an older version have no such column; the key of an ordinary name is that name
    owner = str(row.columns.get("Owner") or _owner_key(row))
    return owner, codec.CLOSED.load(codec.unpack(joined(row, "Body")))
