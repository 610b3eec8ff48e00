"""Shipments of one append: those that wait, the outcomes of the others, and the rows that they fill."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.metrics import Counts
from shared.ports.tables import Insert
from shared.runtime.errors import PermanentError
from shared.storage.feed.feed_pack import HIDDEN, entry_json, marker_columns, pack_columns
from shared.storage.keys import feed_entry, feed_hidden, feed_marker, feed_second

MAX_ENTRIES = 400  # of one transaction
MAX_PACK_BYTES = 400_000  # of JSON, which a reader decodes at once; a larger entry has a row of its own
_MAX_SECONDS = 96  # a row of markers each; head, day and two packs stay within 100 operations


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An ended shipment, what it adds to the counts of its month, and whether readers never see it."""

    closed: ClosedShipment
    counts: Counts = field(default_factory=Counts)
    is_hidden: bool = False

    @property
    def second(self) -> str:
        """Under what its marker is found."""
        return feed_second(self.closed.closed_at)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A new entry, and its shipment as a row holds it."""

    entry: NewEntry
    shipment: bytes


@dataclass(slots=True)
class Batch:
    """The entries of one append by shipment: those that wait, and the outcomes of the others."""

    waiting: dict[str, Waiting] = field(default_factory=dict)
    outcomes: dict[str, Exception | None] = field(default_factory=dict)

    def add(self, entry: NewEntry) -> None:
        """Let an entry wait; one too large for a row has its outcome at once."""
        shipment_id, shipment = entry.closed.shipment_id, entry_json(entry.closed)
        try:
            if len(shipment) > MAX_PACK_BYTES:
                pack_columns([(HIDDEN, shipment)])
            self.waiting[shipment_id] = Waiting(entry, shipment)
        except PermanentError as error:
            self.outcomes[shipment_id] = error

    def first(self) -> list[str]:
        """Return as many of those that wait as go into one transaction, at least one."""
        chosen: list[str] = []
        seconds: set[str] = set()
        size = 0
        for shipment_id, each in self.waiting.items():
            seconds.add(each.entry.second)
            size += len(each.shipment)
            is_full = len(chosen) == MAX_ENTRIES or size > MAX_PACK_BYTES or len(seconds) > _MAX_SECONDS
            if chosen and is_full:
                break
            chosen.append(shipment_id)
        return chosen

    def settle(self, outcomes: Mapping[str, Exception | None]) -> None:
        """Note the outcomes of some that wait."""
        self.outcomes.update(outcomes)
        for shipment_id in outcomes:
            del self.waiting[shipment_id]


def rows_of(entries: Sequence[Waiting], after: int) -> list[Insert]:
    """Return the rows of entries whose numbers follow on `after`: up to two packs, and their markers."""
    shown = [each.shipment for each in entries if not each.entry.is_hidden]
    hidden = [each for each in entries if each.entry.is_hidden]
    rows: list[Insert] = []
    if shown:
        rows.append(Insert(feed_entry(after + len(shown)), pack_columns([*enumerate(shown, after + 1)])))
    if hidden:
        first = hidden[0].entry.closed
        columns = pack_columns([(HIDDEN, each.shipment) for each in hidden])
        rows.append(Insert(feed_hidden(first.closed_at, first.shipment_id), columns))
    return rows + _markers(each.entry for each in entries)


def counted_with(counts: Mapping[str, Counts], entries: Iterable[Waiting]) -> dict[str, Counts]:
    """Return the counts by month with those of the entries."""
    new = dict(counts)
    for each in entries:
        closed = each.entry.closed
        at = closed.requested_send_at or closed.closed_at
        month = at.astimezone(UTC).strftime("%Y%m")
        new[month] = new.get(month, Counts()) + each.entry.counts
    return new


def _markers(entries: Iterable[NewEntry]) -> list[Insert]:
    seconds: dict[str, list[ClosedShipment]] = defaultdict(list)
    for entry in entries:
        seconds[entry.second].append(entry.closed)
    return [
        Insert(
            feed_marker(some[0].closed_at, some[0].shipment_id),
            marker_columns(closed.shipment_id for closed in some),
        )
        for some in seconds.values()
    ]
