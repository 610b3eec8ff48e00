"""The pages of large shipments, read some at a time: a shipment may have thousands of them.

One query reads a range of pages, and what needs all of them reads a few ranges side by side. So no answer is
large, answers are not waited for one after the other, and `some` never holds all pages at once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from itertools import chain

from shared.domain.orders.ids import ItemId
from shared.domain.orders.notification import Notification, ResultCounts
from shared.domain.orders.order import Recipient
from shared.domain.orders.shipment import ShipmentState
from shared.ports.tables import TableStore
from shared.records.columns import Row, columns_of
from shared.records.shipment_rows import RESULTS, StoredShipment, counted_results, page_recipients, state_of
from shared.storage.keys import ORDERS, page_number, page_range, shard_of, shipment_row

PAGES_PER_QUERY = 50
COUNTS_PER_QUERY = 1000  # one answer of Table Storage
_QUERIES_AT_ONCE = 8
_NOTIFICATIONS = columns_of("State")
_RECIPIENTS = columns_of("Body")
_KEYS = ("RowKey",)


class OrderPages:
    """Reads pages."""

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._queries = asyncio.Semaphore(_QUERIES_AT_ONCE)

    async def some(self, stored: StoredShipment) -> AsyncIterator[list[StoredShipment]]:
        """Yield the pages of a large shipment, up to PAGES_PER_QUERY at a time; else the shipment itself."""
        if not stored.state.pages:
            yield [stored]
        for above, below in _ranges(stored.item, stored.state.pages):
            yield _pages(stored, await self._read(stored.item, above, below))

    async def all(self, stored: StoredShipment) -> list[StoredShipment]:
        """Return all pages of a large shipment, or the shipment itself when it is one row."""
        if not stored.state.pages:
            return [stored]
        ranges = _ranges(stored.item, stored.state.pages)
        found = await asyncio.gather(*(self._read(stored.item, *each) for each in ranges))
        return [page async for row in _one_by_one([*chain(*found)]) for page in _pages(stored, [row])]

    async def notifications(self, item: ItemId, pages: int) -> tuple[Notification, ...]:
        """Return the notifications of all pages, without reading the recipients."""
        return await self._all(item, pages, _NOTIFICATIONS, lambda row: state_of(row).notifications)

    async def states(self, item: ItemId, pages: int) -> tuple[tuple[ItemId, ShipmentState], ...]:
        """Return the states of all pages with their ids, without reading the recipients."""
        return await self._all(
            item,
            pages,
            _NOTIFICATIONS + _KEYS,
            lambda row: ((item.of_page(page_number(row.row_key)), state_of(row)),),
        )

    async def recipients(self, item: ItemId, pages: int) -> tuple[Recipient, ...]:
        """Return the recipients of all pages without their fields, and without reading the notifications."""
        return await self._all(item, pages, _RECIPIENTS, _without_fields)

    async def results(self, item: ItemId, pages: int) -> ResultCounts:
        """Count the notifications of all pages by result, without reading them: each page has its counts."""
        ranges = _ranges(item, pages, COUNTS_PER_QUERY)
        found = await asyncio.gather(*(self._read(item, *each, RESULTS, COUNTS_PER_QUERY) for each in ranges))
        return sum((counted_results(row) for row in chain(*found)), Counter())

    async def _all[T](
        self, item: ItemId, pages: int, columns: Sequence[str], read: Callable[[Row], Sequence[T]]
    ) -> tuple[T, ...]:
        async def of_range(above: str, below: str) -> list[T]:
            rows = await self._read(item, above, below, columns)
            return [each async for row in _one_by_one(rows) for each in read(row)]

        return tuple(chain(*await asyncio.gather(*(of_range(*ends) for ends in _ranges(item, pages)))))

    async def _read(
        self,
        item: ItemId,
        above: str,
        below: str,
        select: Sequence[str] | None = None,
        limit: int = PAGES_PER_QUERY,
    ) -> list[Row]:
        async with self._queries:
            return await self._store.query(
                ORDERS, shard_of(item), above=above, below=below, limit=limit, select=select
            )


def _without_fields(row: Row) -> Sequence[Recipient]:
    # together they may be large, and no answer shows them
    return [replace(to, fields=None) if to.fields else to for to in page_recipients(row)]


async def _one_by_one(rows: Sequence[Row]) -> AsyncIterator[Row]:
    """Yield rows, and let others run after each: reading what is in them takes its time."""
    for row in rows:
        yield row
        await asyncio.sleep(0)


def _ranges(item: ItemId, pages: int, at_once: int = PAGES_PER_QUERY) -> list[tuple[str, str]]:
    """Return what the RowKeys of the pages lie between, up to `at_once` pages each."""
    if not pages:
        return []
    first, last = page_range(item)
    ends = [shipment_row(item.of_page(number)) for number in range(at_once, pages, at_once)]
    # a range lies above the last page of the one before, and "~" lets it have its own last page
    return list(zip([first, *ends], [*(f"{end}~" for end in ends), last], strict=True))


def _pages(stored: StoredShipment, rows: Sequence[Row]) -> list[StoredShipment]:
    return [
        replace(
            stored,
            item=stored.item.of_page(page_number(row.row_key)),
            order=replace(stored.order, recipients=page_recipients(row)),
            state=state_of(row),
            etag=row.etag,
        )
        for row in rows
    ]
