"""The index from a person, organisation or e-mail address to the orders that address them, for support.

Rows are keyed by month of the requested send time and by a keyed hash of the number, newest first. Only
orders that address somebody by number have any. They are written before the order; those of a large order by
each of its pages, before the page is looked up and sent. No number can be read back from the index, and whole
months are deleted when their orders have lost their content.

Rows by e-mail address are written when the e-mail is about to be sent: only then all addresses are known.
Each process writes all of its rows into one of a few partitions, so that those of one moment share a write.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import batched

from shared.domain.orders.ids import IdMaker, ItemId, parse_id
from shared.domain.orders.order import OrderRequest
from shared.domain.recipients.email_address import address_key
from shared.domain.recipients.identity_kind import IdentityKind
from shared.ports.tables import Insert, TableStore
from shared.records.shipment_rows import NewShipment, StoredShipment
from shared.runtime.errors import ConflictError
from shared.runtime.run_time import RunTime
from shared.storage.access.grouped import (
    MAX_OPERATIONS,
    GroupedPartitions,
    apply_each,
    delete_range,
    replace_row,
)
from shared.storage.keys import BY_RECIPIENT, falling_key

_BUCKETS = "0123456789abcdef"
_BY_EMAIL = ("e0", "e1", "e2", "e3")
_EMAIL = "email"  # what the hash of an address begins with
_MONTHS_AT_ONCE = 12
_POINTER = "!"
_PAGE_SECONDS = 30.0
_PAGES_APART = 0.25  # seconds between two writes to a bucket: no caller waits for a page
_EMAIL_SECONDS = 5.0  # an e-mail does not wait for longer, and is then not found
_MONTHS_LOOKED_BACK = 12  # by the first run; later ones go on where the last one stopped

type _Key = tuple[str, str]  # PartitionKey and RowKey


class RecipientIndex:
    """Finds the rows, orders or pages of them, that address a person or organisation."""

    def __init__(self, store: TableStore, ids: IdMaker) -> None:
        self._store = store
        self._ids = ids
        self._of_pages = GroupedPartitions(
            store, BY_RECIPIENT, changes_at_once=MAX_OPERATIONS, apart=_PAGES_APART
        )

    async def add(self, orders: Sequence[NewShipment]) -> None:
        """Write the rows of orders, but not of their pages; rows already there are fine."""
        keys = {key for new in orders for key in self._keys(new.item, new.order)}
        await asyncio.gather(*(self._insert(*each) for each in _by_partition(keys).items()))

    async def add_page(self, page: StoredShipment) -> None:
        """Write the rows of one page, in transactions that it shares with others; TransientError."""
        keys = set(self._keys(page.item, page.order))
        inserts = (
            self._of_pages.apply(partition, (Insert(row_key, {}),), deadline=_PAGE_SECONDS, unless=409)
            for partition, row_key in keys
        )
        await asyncio.gather(*inserts)

    async def find(
        self, kind: IdentityKind, number: str, *, from_at: datetime, to_at: datetime, limit: int
    ) -> list[ItemId]:
        """Return up to `limit` rows with from_at ≤ requested send time < to_at, the newest first."""
        digest = self._digest(kind, number)
        months = [[_month_partition(month, digest)] for month in _months(from_at, to_at)]
        above, below = _range(digest, from_at, to_at)
        return await _newest(self._store, months, above=above, below=below, limit=limit)

    async def purge_before(self, at: datetime, run: RunTime) -> datetime | None:
        """Delete the months that ended before an instant, until the run is over.

        Returns when the first month that is left ended; None: none is. Goes on where it stopped before: the
        first month not yet purged is kept in the table.
        """
        pointer = await self._store.get(BY_RECIPIENT, _POINTER, _POINTER)
        last = _month(at)
        month = first = (
            _month_before(last, _MONTHS_LOOKED_BACK) if pointer is None else str(pointer.columns["Month"])
        )
        while month < last and await self._purge_month(month, run):
            month = _next_month(month)
        if pointer is None or month != first:
            await self._move_pointer(pointer.etag if pointer else None, month)
        return None if month >= last else datetime.strptime(_next_month(month), "%Y%m").replace(tzinfo=UTC)

    async def _purge_month(self, month: str, run: RunTime) -> bool:
        """Delete the rows of a month; return whether all are gone."""
        for bucket in (*_BUCKETS, *_BY_EMAIL):
            if await delete_range(self._store, BY_RECIPIENT, f"{month}|{bucket}", above="", run=run):
                return False
        return True

    async def _move_pointer(self, etag: str | None, month: str) -> None:
        with suppress(ConflictError):  # another run is as far
            await replace_row(self._store, BY_RECIPIENT, _POINTER, _POINTER, {"Month": month}, etag=etag)

    async def _insert(self, partition: str, row_keys: Sequence[str]) -> None:
        if len(row_keys) == 1:
            with suppress(ConflictError):
                await self._store.insert(BY_RECIPIENT, partition, row_keys[0], {})
            return
        inserts = [(Insert(row_key, {}),) for row_key in row_keys]
        await apply_each(self._store, BY_RECIPIENT, partition, inserts, unless=409)

    def _keys(self, item: ItemId, order: OrderRequest) -> Iterator[_Key]:
        at = order.requested_send_at
        for recipient in order.recipients:
            for kind in IdentityKind:
                number = kind.number_of(recipient)
                if number is not None:
                    digest = self._digest(kind, number)
                    yield _month_partition(_month(at), digest), f"{digest}|{falling_key(at)}|{item}"

    def _digest(self, kind: IdentityKind, number: str) -> str:
        return self._ids.digest(kind.value, number)[:32]


class EmailIndex:
    """Finds the rows, orders or pages of them, that have an e-mail to an address."""

    def __init__(self, store: TableStore, ids: IdMaker) -> None:
        self._store = store
        self._ids = ids
        self._rows = GroupedPartitions(store, BY_RECIPIENT, changes_at_once=MAX_OPERATIONS)
        self._bucket = random.choice(_BY_EMAIL)  # noqa: S311  any will do

    async def add(self, stored: StoredShipment, addresses: Iterable[str]) -> None:
        """Write the rows of e-mails about to be sent; rows already there are fine. TransientError."""
        at = stored.order.requested_send_at
        inserts = (
            self._rows.apply(
                f"{_month(at)}|{self._bucket}",
                (Insert(f"{digest}|{falling_key(at)}|{stored.item}", {}),),
                deadline=_EMAIL_SECONDS,
                unless=409,
            )
            for digest in {self._digest(address) for address in addresses}
        )
        await asyncio.gather(*inserts)

    async def find(self, address: str, *, from_at: datetime, to_at: datetime, limit: int) -> list[ItemId]:
        """Return up to `limit` rows with from_at ≤ requested send time < to_at, the newest first."""
        months = [[f"{month}|{bucket}" for bucket in _BY_EMAIL] for month in _months(from_at, to_at)]
        above, below = _range(self._digest(address), from_at, to_at)
        return await _newest(self._store, months, above=above, below=below, limit=limit)

    def _digest(self, address: str) -> str:
        return self._ids.digest(_EMAIL, address_key(address.strip()))[:32]


def _range(digest: str, from_at: datetime, to_at: datetime) -> tuple[str, str]:
    """Return what the RowKeys under a hash lie between that are from this range of send times."""
    return f"{digest}|{falling_key(to_at)}|~", f"{digest}|{falling_key(from_at)}|~"


async def _newest(
    store: TableStore, months: Sequence[Sequence[str]], *, above: str, below: str, limit: int
) -> list[ItemId]:
    """Return up to `limit` rows, the newest first; `months` are the partitions of each month."""
    found: dict[str, ItemId] = {}
    for some in batched(months, _MONTHS_AT_ONCE, strict=False):
        queries = (
            store.query(BY_RECIPIENT, partition, above=above, below=below, limit=limit)
            for month in some
            for partition in month
        )
        row_keys = {row.row_key for rows in await asyncio.gather(*queries) for row in rows}
        for row_key in sorted(row_keys):  # they begin with the falling time
            item = parse_id(row_key.rpartition("|")[2])
            if item is not None:
                found[row_key] = item
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def _by_partition(keys: Iterable[_Key]) -> Mapping[str, Sequence[str]]:
    partitions: dict[str, list[str]] = defaultdict(list)
    for partition, row_key in sorted(keys):
        partitions[partition].append(row_key)
    return partitions


def _month_partition(month: str, digest: str) -> str:
    return f"{month}|{digest[0]}"


def _month(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m")


def _months(from_at: datetime, to_at: datetime) -> Iterator[str]:
    month = _month(to_at)
    while month >= _month(from_at):
        yield month
        month = _month_before(month, 1)


def _next_month(month: str) -> str:
    return _month_before(month, -1)


def _month_before(month: str, months: int) -> str:
    year, index = divmod(int(month[:4]) * 12 + int(month[4:]) - 1 - months, 12)
    return f"{year:04d}{index + 1:02d}"
