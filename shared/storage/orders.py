"""Orders in Table Storage: shipments are inserted once, their state is merged under its ETag.

Every write carries a random token. A write that is reported as a conflict, or whose answer was lost, is
recognised as our own by that token and counts as done. Agenda and index rows may be written with them. The
pages of a large shipment are written first and its own row last: that row is the commit point.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import batched
from weakref import WeakValueDictionary

from shared.domain.orders.ids import MAX_PAGES, MAX_REMINDERS, ItemId
from shared.domain.orders.shipment import ShipmentState
from shared.ports.tables import Delete, Insert, Merge, RowOperationError, TableStore
from shared.records.columns import Row, columns_of, encoded_size
from shared.records.shipment_rows import (
    STATE_COLUMNS,
    TOMBSTONE,
    NewShipment,
    StoredShipment,
    page_columns,
    page_recipients,
    page_state_columns,
    references_of,
    rewritten_columns,
    shipment_columns,
    state_columns,
    state_of,
    stored_shipment,
    weight_of,
)
from shared.runtime.bounded import Bounded
from shared.runtime.errors import ConflictError, PermanentError, TransientError
from shared.storage.acceptances import Acceptances
from shared.storage.access.grouped import MAX_OPERATIONS, MAX_TRANSACTION_BYTES, apply_each, delete_each
from shared.storage.access.shared_changes import SharedChanges
from shared.storage.contacted import ContactedMeanwhileError, contacted_insert, contacted_merge, contacted_of
from shared.storage.keys import ORDERS, contacted_row, page_number, page_range, shard_of, shipment_row
from shared.storage.order_pages import OrderPages
from shared.storage.page_ends import PageEnds, Saved

MOST_WITH_AGENDA = MAX_OPERATIONS // 3  # shipments of a chain whose agenda and index rows fit beside them
MOST_WITH_INDEX = MAX_OPERATIONS - 1 - MAX_REMINDERS  # index rows that fit beside the longest chain
_PAGES_PER_TRANSACTION = 20  # more would hold up the event loop while they are written
_CACHED_BYTES = 16_000_000
_ROUNDS = 20
_LOADS_AT_ONCE = 16
_PAGE_COLUMNS = ("RowKey", "Status")

type OnChange = Callable[[StoredShipment, ShipmentState], None]


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """The receipt of a chain as its main row holds it; `digest` says of which request.

    `content` says with what content; it is None in rows of older versions.
    """

    digest: str | None
    content: str | None
    references: tuple[str | None, ...]
    main: StoredShipment

    def answers(self, creator: str, digest: str | None) -> bool:
        """Whether this is the receipt of the request with this creator and digest."""
        return self.main.creator == creator and self.digest == digest and digest is not None

    def differs(self, content: str | None) -> bool:
        """Whether the request of this receipt is known to have had another content."""
        return self.content is not None and self.content != content


class OrderTable:
    """Inserts, reads and changes shipments and their pages."""

    def __init__(self, store: TableStore, on_change: OnChange | None = None) -> None:
        """Use a store; `on_change` is called after each stored change of a row."""
        self._store = store
        self._on_change = on_change
        self.pages = OrderPages(store)
        self._page_ends = PageEnds(store, self._large_order_now, self._own_etag)
        self.acceptances = Acceptances(store)
        self._changes = SharedChanges(store, ORDERS)
        # what never changes of large shipments
        self.remembered: Bounded[ItemId, StoredShipment] = Bounded(_CACHED_BYTES, weight_of)
        self._contacting: WeakValueDictionary[ItemId, asyncio.Lock] = WeakValueDictionary()

    async def insert(self, orders: Sequence[NewShipment], beside: Sequence[Insert] = ()) -> list[str]:
        """Insert all shipments of one chain, whose pages are stored, and return their ETags.

        `beside` are rows of their partition that are written with them. ConflictError: the chain exists.
        PermanentError: a request too large to be stored.
        """
        token = secrets.token_urlsafe(9)
        inserts = [Insert(shipment_row(new.item), shipment_columns(new, token)) for new in orders]
        size = sum(encoded_size(insert.columns) for insert in inserts)
        if size > MAX_TRANSACTION_BYTES:
            raise PermanentError(
                f"the orders of one request take {size} bytes to store, the limit is {MAX_TRANSACTION_BYTES}:"
                " shorten their texts"
            )
        inserts += beside
        try:
            return (await self._store.transact(ORDERS, shard_of(orders[0].item), inserts))[: len(orders)]
        except (RowOperationError, TransientError) as error:
            return await self._inserted(orders, token, error)

    async def insert_pages(self, orders: Sequence[NewShipment]) -> None:
        """Insert the pages of shipments, before the shipments themselves; pages already there are fine."""
        token = secrets.token_urlsafe(9)
        for new in orders:
            shard = shard_of(new.item)
            if new.contacted is not None:
                insert = contacted_insert(new.item, new.contacted)
                await apply_each(self._store, ORDERS, shard, [(insert,)], unless=409)
            for start in range(0, len(new.pages), _PAGES_PER_TRANSACTION):
                chunk = new.pages[start : start + _PAGES_PER_TRANSACTION]
                changes = [(Insert(shipment_row(page.item), page_columns(page, token)),) for page in chunk]
                # a page that exists was written by our own lost attempt: large orders have random keys
                await apply_each(self._store, ORDERS, shard, changes, unless=409)

    async def _inserted(self, orders: Sequence[NewShipment], token: str, error: Exception) -> list[str]:
        etags = []
        for new in orders:
            etag = await self._own_etag(new.item, token)
            if etag is None:
                raise ConflictError(str(error)) if isinstance(error, RowOperationError) else error
            etags.append(etag)
        return etags

    async def load(self, item: ItemId) -> StoredShipment | None:
        """Return the row an id belongs to, with what is noted beside it; None when there is none."""
        stored = await self.load_as_written(item)
        return None if stored is None else await self.acceptances.added_to(stored)

    async def load_as_written(self, item: ItemId) -> StoredShipment | None:
        """Return the row without notes, a shipment or a page, for those who have later news of it."""
        row = await self._store.get(ORDERS, shard_of(item), shipment_row(item.row))
        if row is None or TOMBSTONE in row.columns:
            return None
        if not item.page:
            return stored_shipment(item.owner, row)
        large = await self._large_order(item.owner)
        if large is None:
            return None
        order = replace(large.order, recipients=page_recipients(row))
        return replace(large, item=item.row, order=order, state=state_of(row), etag=row.etag)

    async def load_each(self, items: Iterable[ItemId]) -> AsyncIterator[StoredShipment]:
        """Yield those of these rows that exist, in their order, some of them read side by side."""
        for some in batched(items, _LOADS_AT_ONCE, strict=False):
            for stored in await asyncio.gather(*map(self.load, some)):
                if stored is not None:
                    yield stored

    async def _large_order(self, item: ItemId) -> StoredShipment | None:
        """Return a large shipment for what never changes: its texts, owner and times."""
        known = self.remembered.get(item)
        if known is None and (known := await self.load(item)) is not None:
            self.remembered.put(item, known)
        return known

    async def remove_pages(self, item: ItemId) -> None:
        """Delete the pages of a shipment and whom they contact; those already gone are fine."""
        rows = await self._page_rows(item, shipment_row(item), ("RowKey",))
        await delete_each(self._store, ORDERS, shard_of(item), (row.row_key for row in rows))

    async def _page_rows(self, item: ItemId, above: str, select: Sequence[str]) -> list[Row]:
        bounds = {"above": above, "below": page_range(item)[1]}
        return await self._store.query(ORDERS, shard_of(item), **bounds, limit=MAX_PAGES, select=select)

    async def remove_contacted(self, item: ItemId) -> None:
        """Delete the row of whom the pages of a shipment contact; already gone is fine."""
        await self._store.delete(ORDERS, shard_of(item), contacted_row(item))

    async def open_pages(self, stored: StoredShipment) -> list[ItemId]:
        """Return the pages of a large shipment that still await results."""
        item = stored.item
        rows = await self._page_rows(item, contacted_row(item), _PAGE_COLUMNS)
        pages = [(page_number(row.row_key), row.columns.get("Status")) for row in rows]
        return [item.of_page(number) for number, status in pages if status != "Completed"]

    async def load_receipt(self, chain: ItemId) -> StoredReceipt | None:
        """Return the receipt of a chain; None when there is none."""
        main = chain.of_shipment(1)
        row = await self._store.get(ORDERS, shard_of(chain), shipment_row(main))
        if row is None:
            return None
        digest, content = row.columns.get("Digest"), row.columns.get("Content")
        return StoredReceipt(
            digest=None if digest is None else str(digest),
            content=None if content is None else str(content),
            references=references_of(row),
            main=stored_shipment(main, row),
        )

    async def save(
        self, stored: StoredShipment, state: ShipmentState, contacted: Merge | None = None
    ) -> Saved:
        """Replace the state under the ETag that was read; ConflictError when somebody changed it since.

        The same transaction counts a page that ends in its shipment's row, and carries out `contacted`.
        ContactedMeanwhileError: only the row of `contacted` has changed.
        """
        saved = await self._saved(stored, state, contacted)
        if self._on_change is not None:
            self._on_change(stored, state)
        return saved

    async def _saved(self, stored: StoredShipment, state: ShipmentState, contacted: Merge | None) -> Saved:
        ends = state.status.is_final and not stored.state.status.is_final
        beside = () if contacted is None else (contacted,)
        if stored.item.page and ends:
            return await self._page_ends.end(stored, state, beside)
        token = secrets.token_urlsafe(9)
        row_key = shipment_row(stored.item)
        columns = (page_state_columns if stored.item.page else state_columns)(state, token)
        merge = Merge(row_key, columns, stored.etag)
        etag = await self._merge(stored.item, merge, token, beside)
        saved = replace(stored, state=state, etag=etag)
        return Saved(saved, saved if ends else None)

    async def save_contacted(
        self, page: StoredShipment, expanding: Callable[[set[bytes]], ShipmentState]
    ) -> Saved:
        """Store the state in which a page has notifications for those whom no other page sends the same.

        `expanding` returns that state, given the fingerprints of the other pages, to which it adds its own.
        It may be called several times. Errors as of `save`.
        """
        owner = page.item.owner
        async with self._contacting.setdefault(owner, asyncio.Lock()):  # spares conflicts, is not relied upon
            for _ in range(_ROUNDS):
                row = await self._store.get(ORDERS, shard_of(owner), contacted_row(owner))
                if row is None:
                    return await self.save(page, expanding(set()))  # a double message is better than none
                known = contacted_of(row)
                fingerprints = set(known.fingerprints)
                state = expanding(fingerprints)
                if fingerprints == known.fingerprints:
                    return await self.save(page, state)
                try:
                    return await self.save(page, state, contacted_merge(owner, known, fingerprints))
                except ContactedMeanwhileError:
                    continue
        raise TransientError("whom an order contacts stayed contended by its pages")

    async def rewrite(self, stored: StoredShipment, new: NewShipment, beside: Sequence[Insert] = ()) -> str:
        """Replace the whole row of a small shipment under the ETag that was read; return the new ETag.

        `beside` as of `insert`. ConflictError: somebody changed it since.
        """
        token = secrets.token_urlsafe(9)
        merge = Merge(shipment_row(new.item), rewritten_columns(new, token), stored.etag)
        return await self._merge(new.item, merge, token, beside)

    async def remove(self, stored: StoredShipment) -> None:
        """Delete the row of a small shipment under the ETag that was read, with what recognises a repeat.

        A row already gone is fine. ConflictError: somebody changed it since.
        """
        delete = Delete(shipment_row(stored.item), stored.etag)
        try:
            await self._store.transact(ORDERS, shard_of(stored.item), [delete])
        except RowOperationError as error:
            if error.status != 404:
                raise ConflictError(str(error)) from error

    async def _merge(
        self, item: ItemId, merge: Merge, token: str, beside: Sequence[Insert | Merge] = ()
    ) -> str:
        """Merge into one row and return its ETag, also of a write that was applied but reported as failed."""
        try:
            # pages of one order are in one shard: sharing would make them wait for each other
            write = partial(self._store.transact, ORDERS) if item.page else self._changes.apply
            return (await write(shard_of(item), [merge, *beside]))[0]
        except (RowOperationError, TransientError) as error:
            own = await self._own_etag(item, token)
            if own is not None:
                return own
            if isinstance(error, RowOperationError):
                raise (ContactedMeanwhileError if error.index else ConflictError)(str(error)) from error
            raise

    async def _large_order_now(self, item: ItemId) -> StoredShipment | None:
        """Return a large shipment as it is now; what never changes of it is remembered."""
        known = await self._large_order(item)
        row = await self._store.get(ORDERS, shard_of(item), shipment_row(item), columns_of("State"))
        return None if known is None or row is None else replace(known, state=state_of(row), etag=row.etag)

    async def _own_etag(self, item: ItemId, token: str) -> str | None:
        """Return the ETag of a row if the write with this token is what is there now."""
        row = await self._store.get(ORDERS, shard_of(item), shipment_row(item), STATE_COLUMNS)
        return row.etag if row is not None and row.columns.get("Token") == token else None
