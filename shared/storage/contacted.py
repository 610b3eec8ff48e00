"""Whom the pages of a large order contact, so that no two of them send the same to one address.

Pages are looked up side by side and do not know each other: an office that keeps the accounts of forty
companies is found on many of them. One row beside the pages holds a fingerprint of every message, and of
every failure to reach a recipient. A page that was looked up replaces it in the transaction that stores the
page's notifications, under the ETag it has read. So a message is in the row if and only if a page has it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from shared.domain.orders.expansion import FINGERPRINT_BYTES
from shared.domain.orders.ids import ItemId
from shared.ports.tables import Insert, Merge
from shared.records.columns import MAX_BYTES, Columns, Row, joined, split
from shared.runtime.errors import ConflictError
from shared.storage.keys import contacted_row

MAX_FINGERPRINTS = MAX_BYTES // FINGERPRINT_BYTES  # beyond it an address may get a message twice
_COLUMN = "Contacted"


class ContactedMeanwhileError(ConflictError):
    """Another page of the order was stored since the row was read."""


@dataclass(frozen=True, slots=True)
class Contacted:
    """The fingerprints in the row as it was read."""

    fingerprints: frozenset[bytes]
    etag: str


def contacted_insert(item: ItemId, fingerprints: Collection[bytes]) -> Insert:
    """Return the row of a new order, with the fingerprints of the pages that need no lookup."""
    return Insert(contacted_row(item), _columns(fingerprints))


def contacted_merge(item: ItemId, read: Contacted, fingerprints: Collection[bytes]) -> Merge:
    """Return the replacement of what was read."""
    return Merge(contacted_row(item), _columns(fingerprints), read.etag)


def contacted_of(row: Row) -> Contacted:
    """Return what a row holds."""
    packed = joined(row, _COLUMN)
    starts = range(0, len(packed), FINGERPRINT_BYTES)
    return Contacted(frozenset(packed[start : start + FINGERPRINT_BYTES] for start in starts), row.etag)


def _columns(fingerprints: Collection[bytes]) -> Columns:
    return split(_COLUMN, b"".join(sorted(fingerprints)[:MAX_FINGERPRINTS]))
