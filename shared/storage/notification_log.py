"""The log of a dialog: every notification of the shipments that belong to it, written when they close.

One row holds one shipment, or one page of a large one. A dialog is looked up by its id, without its owner;
owners may also look up a transmission, so its rows are written a second time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.ports.tables import Insert, TableStore
from shared.records import codec
from shared.records.columns import Row, joined, split
from shared.storage.access.grouped import apply_each, delete_each
from shared.storage.keys import NOTIFICATION_LOG, encode

MAX_ROWS = 1000  # of one answer; a dialog with more shipments than this is none


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
                partitions[partition].append((Insert(_row_key(owner, row.shipment_id), split("Body", body)),))
        for partition, inserts in partitions.items():
            await apply_each(self._store, NOTIFICATION_LOG, partition, inserts, unless=409)

    async def of_dialog(self, dialog_id: str, owner: str | None = None) -> list[ClosedShipment]:
        """Return what was logged of a dialog, of one owner or of all."""
        return await self._read(_dialog(dialog_id), owner)

    async def of_transmission(self, owner: str, transmission_id: str) -> list[ClosedShipment]:
        """Return what an owner's transmission was logged with."""
        return await self._read(_transmission(owner, transmission_id), owner)

    async def remove(
        self, owner: str, dialog_id: str | None, transmission_id: str | None, row_ids: Iterable[str]
    ) -> None:
        """Delete the rows of shipments or pages; rows already gone are fine."""
        row_keys = [_row_key(owner, row_id) for row_id in row_ids]
        for partition in _partitions(owner, dialog_id, transmission_id):
            await delete_each(self._store, NOTIFICATION_LOG, partition, row_keys)

    async def _read(self, partition: str, owner: str | None) -> list[ClosedShipment]:
        above, below = ("", "~") if owner is None else (f"{encode(owner)}|", f"{encode(owner)}|~")
        rows = await self._store.query(NOTIFICATION_LOG, partition, above=above, below=below, limit=MAX_ROWS)
        return [_closed(row) for row in rows]


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


def _closed(row: Row) -> ClosedShipment:
    return codec.CLOSED.load(codec.unpack(joined(row, "Body")))
