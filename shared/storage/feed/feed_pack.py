"""How rows of a feed hold many shipments: packs of entries, hidden or not, and markers of who has an entry.

A pack holds [number, shipment] pairs in the order of their numbers, hidden entries under HIDDEN. Markers are
the ids of shipments, 16 bytes each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import orjson

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.records import codec
from shared.records.columns import Columns, Row, joined, split
from shared.records.forms import Json

HIDDEN = 0
MARKERS = ("Ids",)
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry under its number, which is a reader's cursor."""

    sequence: int
    closed: ClosedShipment


@dataclass(frozen=True, slots=True)
class PackedEntry:
    """One entry as a row holds it; `size` is about how many bytes of JSON it takes."""

    number: int
    shipment: Json = field(repr=False)
    size: int

    @property
    def entry(self) -> FeedEntry:
        """The entry, read."""
        return FeedEntry(self.number, codec.CLOSED.load(self.shipment))

    @property
    def pair(self) -> tuple[int, bytes]:
        """The number and the JSON, as they are packed."""
        return self.number, orjson.dumps(self.shipment)


def entry_json(closed: ClosedShipment) -> bytes:
    """Return a shipment as a pack holds it."""
    return orjson.dumps(codec.CLOSED.dump(closed))


def pack_columns(entries: Sequence[tuple[int, bytes]]) -> Columns:
    """Return the columns of a pack, given numbers and JSON. PermanentError: too large."""
    return split("Body", codec.pack([(number, orjson.Fragment(shipment)) for number, shipment in entries]))


def packed_in(row: Row) -> list[PackedEntry]:
    """Return the entries of a pack."""
    body = codec.unpacked(joined(row, "Body"))
    pairs = orjson.loads(body)
    return [PackedEntry(number, shipment, len(body) // len(pairs)) for number, shipment in pairs]


def marker_columns(shipment_ids: Iterable[str]) -> Columns:
    """Return the columns of markers."""
    (name,) = MARKERS
    return {name: b"".join(UUID(shipment_id).bytes for shipment_id in shipment_ids)}


def marked_in(row: Row) -> list[str]:
    """Return the ids of the shipments that markers name."""
    (name,) = MARKERS
    ids = row.columns[name]
    assert isinstance(ids, bytes)
    return [str(UUID(bytes=ids[at : at + _ID_BYTES])) for at in range(0, len(ids), _ID_BYTES)]
