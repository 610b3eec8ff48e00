"""How ended shipments go into a transaction of their owner's feed: two rows each, an entry and its marker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.metrics import Counts
from shared.ports.tables import Insert, Operation, RowOperationError
from shared.records import codec
from shared.records.columns import Columns, encoded_size, split
from shared.runtime.errors import PermanentError
from shared.storage.access.grouped import MAX_TRANSACTION_BYTES
from shared.storage.keys import FEED_HIDDEN, FEED_MARKER, feed_ended, feed_entry

MAX_ENTRIES_PER_TRANSACTION = 49  # head, day and 2 rows each stay within 100 operations


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An ended shipment, what it adds to the counts of its month, and whether readers never see it."""

    closed: ClosedShipment
    counts: Counts = field(default_factory=Counts)
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """A new entry with the columns that hold it, whatever its number will be."""

    entry: NewEntry
    columns: Columns


@dataclass(slots=True)
class Batch:
    """The entries of one call by number: those that wait, and the outcomes of the others."""

    waiting: dict[int, WrittenEntry] = field(default_factory=dict)
    outcomes: dict[int, Exception | None] = field(default_factory=dict)

    def add(self, number: int, entry: NewEntry) -> None:
        """Let an entry wait; one too large for a row has its outcome at once."""
        body = codec.pack(codec.CLOSED.dump(entry.closed))
        try:
            self.waiting[number] = WrittenEntry(entry, split("Body", body))
        except PermanentError as error:
            self.outcomes[number] = error

    def first(self) -> list[int]:
        """Return the numbers of as many as go into one transaction."""
        return list(self.waiting)[: _fitting(list(self.waiting.values()))]

    def settle(self, outcomes: Mapping[int, Exception | None]) -> None:
        """Note the outcomes of some that wait."""
        self.outcomes.update(outcomes)
        for key in outcomes:
            del self.waiting[key]

    def known_by(self, refused: RowOperationError, chunk: Sequence[int]) -> int | None:
        """Return the number whose own row was there before; None when something else was refused.

        The marker belongs to a shipment, and so does the row of a hidden entry, which comes before its
        marker. A number in the feed belongs to the first writer.
        """
        key, is_marker = number_at(refused.index, chunk), refused.index % 2 == 0
        if refused.status != 409 or key is None:
            return None
        return key if is_marker or self.waiting[key].entry.is_hidden else None


def number_at(index: int, chunk: Sequence[int]) -> int | None:
    """Return whose row this operation of a transaction writes; None for head and day."""
    position = (index - 1) // 2
    return chunk[position] if 0 <= position < len(chunk) else None


def marker_of(entry: NewEntry) -> str:
    """Return the key of the marker that this shipment has its entry."""
    return feed_ended(FEED_MARKER, entry.closed.closed_at, entry.closed.shipment_id)


def rows_of(written: WrittenEntry, sequence: int) -> tuple[Operation, Operation]:
    """Return the operations that append an entry, of this number unless it is hidden."""
    entry, closed = written.entry, written.entry.closed
    hidden = feed_ended(FEED_HIDDEN, closed.closed_at, closed.shipment_id)
    key = hidden if entry.is_hidden else feed_entry(sequence)
    return Insert(key, written.columns), Insert(marker_of(entry), {"Row": key})


def counted_with(counts: Mapping[str, Counts], entries: Sequence[NewEntry]) -> dict[str, Counts]:
    """Return the new counts of the months that the entries belong to."""
    changed: dict[str, Counts] = {}
    for entry in entries:
        at = entry.closed.requested_send_at or entry.closed.closed_at
        month = at.astimezone(UTC).strftime("%Y%m")
        changed[month] = changed.get(month, counts.get(month, Counts())) + entry.counts
    return changed


def _fitting(entries: Sequence[WrittenEntry]) -> int:
    """Return how many of these entries go into one transaction, at least one."""
    size = 0
    for number, written in enumerate(entries[:MAX_ENTRIES_PER_TRANSACTION]):
        size += encoded_size(written.columns)
        if number and size > MAX_TRANSACTION_BYTES:
            return number
    return min(len(entries), MAX_ENTRIES_PER_TRANSACTION)
