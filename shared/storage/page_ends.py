"""Ends pages of large orders, and counts them in the order's row in the same transaction.

A page ends once, because its own ETag guards that, and is counted in the same write. Pages of an order that
end in one process at the same moment share a transaction, so the order's row is written once for many of
them, and only processes contend for it.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from shared.domain.orders.ids import ItemId
from shared.domain.orders.shipment import ShipmentState
from shared.ports.tables import Merge, RowOperationError, TableStore
from shared.records.columns import encoded_size
from shared.records.shipment_rows import StoredShipment, page_state_columns, state_columns
from shared.runtime.bounded import Bounded
from shared.runtime.errors import ConflictError, TransientError
from shared.runtime.group_commit import GroupCommit
from shared.storage.access.grouped import MAX_TRANSACTION_BYTES
from shared.storage.contacted import ContactedMeanwhileError
from shared.storage.keys import ORDERS, shard_of, shipment_row

_AT_ONCE = 20  # pages: more would hold up the event loop while they are written
_ORDERS_AT_ONCE = 256
_SECONDS = 30.0
_ROUNDS = 20
_MAX_DOUBLINGS = 3


@dataclass(frozen=True, slots=True)
class Saved:
    """A stored change; `closed` is the shipment that it brought to its end, if any."""

    stored: StoredShipment
    closed: StoredShipment | None


@dataclass(frozen=True, slots=True, eq=False)
class _PageEnd:
    """The final state of a page; `merges` store it, and perhaps change another row with it."""

    page: StoredShipment
    state: ShipmentState
    merges: Sequence[Merge]
    token: str

    def saved(self, etag: str, closed: StoredShipment | None = None) -> Saved:
        return Saved(replace(self.page, state=self.state, etag=etag), closed)


type _Outcomes = dict[_PageEnd, Saved | Exception]


class PageEnds:
    """Ends pages. `load` returns a large order as it is now; `own_etag` as `OrderTable` does."""

    def __init__(
        self,
        store: TableStore,
        load: Callable[[ItemId], Awaitable[StoredShipment | None]],
        own_etag: Callable[[ItemId, str], Awaitable[str | None]],
    ) -> None:
        self._store = store
        self._load = load
        self._own_etag = own_etag
        self._groups: Bounded[ItemId, GroupCommit[_PageEnd, Saved]] = Bounded(_ORDERS_AT_ONCE)

    async def end(self, page: StoredShipment, state: ShipmentState, beside: Sequence[Merge]) -> Saved:
        """Store the final state of a page. Errors as of `OrderTable.save`."""
        owner = page.item.owner
        new = partial(GroupCommit[_PageEnd, Saved], partial(self._flush, owner), _AT_ONCE)
        group = self._groups.made(owner, new)
        token = secrets.token_urlsafe(9)
        merge = Merge(shipment_row(page.item), page_state_columns(state, token), page.etag)
        return await group.commit(_PageEnd(page, state, (merge, *beside), token), _SECONDS)

    async def _flush(self, owner: ItemId, ends: Sequence[_PageEnd]) -> list[Saved | Exception]:
        outcomes: _Outcomes = {}
        waiting = list(ends)
        failures = 0
        while waiting and failures < _ROUNDS:
            begun = time.monotonic()
            chunk = _chunk(waiting)
            try:
                found = await self._commit(owner, chunk)
            except TransientError as error:
                found = dict.fromkeys(chunk, error)
            if not found:  # another process counts pages at this moment
                pause = (time.monotonic() - begun) * 2 ** min(failures, _MAX_DOUBLINGS)
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311  jitter
                failures += 1
            outcomes |= found
            waiting = [end for end in waiting if end not in outcomes]
        contended = TransientError("an order's row stayed contended by its pages")
        return [outcomes.get(end, contended) for end in ends]

    async def _commit(self, owner: ItemId, chunk: Sequence[_PageEnd]) -> _Outcomes:
        """Write some pages and their order in one transaction; no outcome: the order has changed."""
        order = await self._load(owner)
        if order is None:
            return dict.fromkeys(chunk, ConflictError("a page without its order"))
        counted = order.state
        for end in chunk:
            counted = counted.with_page_done(end.state.changed_at)
        columns = state_columns(counted, secrets.token_urlsafe(9))
        merges = [Merge(shipment_row(owner), columns, order.etag)]
        places = []
        for end in chunk:
            places.append(len(merges))
            merges += end.merges
        try:
            etags: Sequence[str] = await self._store.transact(ORDERS, shard_of(owner), merges)
        except (RowOperationError, TransientError) as error:
            # if one is there, the transaction was applied, although it is reported as failed
            if await self._own_etag(chunk[0].page.item, chunk[0].token) is None:
                if isinstance(error, RowOperationError):
                    return _refused(chunk, places, error)
                raise
            own = [await self._own_etag(end.page.item, end.token) for end in chunk]
            pages = [etag or end.page.etag for end, etag in zip(chunk, own, strict=True)]
            ended = replace(order, state=counted)
        else:
            pages = [etags[place] for place in places]
            ended = replace(order, state=counted, etag=etags[0])
        saved: _Outcomes = {end: end.saved(etag) for end, etag in zip(chunk, pages, strict=True)}
        if counted.status.is_final and not order.state.status.is_final:
            saved[chunk[-1]] = chunk[-1].saved(pages[-1], ended)
        return saved


def _chunk(ends: Sequence[_PageEnd]) -> list[_PageEnd]:
    """Return the first ends that may share a transaction: of different rows, and within its bytes."""
    chunk: list[_PageEnd] = []
    rows: set[str] = set()
    size = 0
    for end in ends:
        keys = {merge.row_key for merge in end.merges}
        size += sum(encoded_size(merge.columns) for merge in end.merges)
        if chunk and (keys & rows or size > MAX_TRANSACTION_BYTES):
            break
        rows |= keys
        chunk.append(end)
    return chunk


def _refused(chunk: Sequence[_PageEnd], places: Sequence[int], error: RowOperationError) -> _Outcomes:
    """Return the outcome of the page that was refused; none if it was the order."""
    if not error.index:
        return {}
    end, place = [pair for pair in zip(chunk, places, strict=True) if pair[1] <= error.index][-1]
    kind = ConflictError if place == error.index else ContactedMeanwhileError
    return {end: kind(str(error))}
