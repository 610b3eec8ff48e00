"""Pages of a large order end side by side, in one process and in several: each is counted once."""

import asyncio
import itertools
import random
from dataclasses import replace

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.notification import EmailResult, Notification, result_counts
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderStatus, OrderType, Recipient
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.ports.tables import RowOperationError
from shared.records.shipment_rows import NewPage, NewShipment
from shared.runtime.errors import ConflictError, TransientError
from shared.storage.keys import ORDERS, shipment_row
from shared.storage.orders import OrderTable
from tests.support.pipeline import world as w
from tests.support.pipeline.ended_orders import WatchedStore

AT = w.start_of_day()
KEY = AgendaKey("00", "r")
SENT = Notification(1, 0, Channel.EMAIL, "a@example.no", EmailResult.SUCCEEDED, AT)
TOLD = replace(SENT, result=EmailResult.DELIVERED)
ORDER = OrderRequest(OrderType.NOTIFICATION, AT, ChannelSchema.EMAIL, ())


class BusyStore(WatchedStore):
    """Lets others run at each call, in an order of its own; the transaction of a number may be lost."""

    def __init__(self, seed=7):
        super().__init__(w.VirtualClock(AT))
        self._chance = random.Random(seed)
        self._number = itertools.count()
        self.lost = {}

    async def transact(self, table, partition_key, operations):
        await self.wait()
        how = self.lost.get(next(self._number))
        if how == "before":
            raise TransientError("lost")
        etags = await super().transact(table, partition_key, operations)
        await self.wait()
        if how == "after":
            raise TransientError("lost")
        if how == "conflict":
            raise RowOperationError(0, 412)
        return etags

    async def get(self, *args, **more):
        await self.wait()
        return await super().get(*args, **more)

    async def wait(self):
        for _ in range(self._chance.randrange(5)):
            await asyncio.sleep(0)


async def placed(store, pages):
    """Place an order whose pages all await one report; return its id and pages as read."""
    orders, item = OrderTable(store), IdMaker(b"k" * 32).random_chain().of_shipment(1)
    page = ShipmentState(OrderStatus.PROCESSED, AT, KEY, (SENT,))
    state = ShipmentState(OrderStatus.PROCESSED, AT, KEY, pages=pages)
    to = (Recipient(email_address="a@example.no"),)
    rows = tuple(NewPage(item.of_page(n), to, page) for n in range(1, pages + 1))
    new = NewShipment(item, "ttd", AT, ORDER, state, pages=rows)
    await orders.insert_pages([new])
    await orders.insert([new])
    stored = [await orders.load(page.item) for page in rows]
    store.forget()
    return item, stored


def ended(page):
    return replace(page.state, notifications=(TOLD,)).completed_if_settled(AT)


async def end(orders, page):
    """Report to a page until that is stored, as its handlers do."""
    while True:
        try:
            if page.state.status.is_final:
                return None
            return (await orders.save(page, ended(page))).closed
        except (ConflictError, TransientError):
            page = await orders.load(page.item)


async def the_order(store, item):
    return (await OrderTable(store).load(item)).state


@pytest.mark.parametrize("pages", [1, 2, 20, 21, 300])
async def test_pages_that_end_at_once_are_counted_in_few_writes_of_their_order(pages):
    store = BusyStore()
    item, stored = await placed(store, pages)
    orders = OrderTable(store)
    closed = await asyncio.gather(*(end(orders, page) for page in stored))
    assert [each.item for each in closed if each is not None] == [item]
    state = await the_order(store, item)
    assert (state.status, state.pages_done) == (OrderStatus.COMPLETED, pages)
    written = store.written[ORDERS, shipment_row(item)]
    assert written <= -(-pages // 20) + 1
    assert store.calls[ORDERS, "get"] <= written + 2, "no page reads the order for itself"


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("processes", [2, 4, 8])
async def test_pages_that_end_in_several_processes_are_counted_once_each(processes, seed):
    store = BusyStore(seed)
    item, stored = await placed(store, 60)
    tables = [OrderTable(store) for _ in range(processes)]
    ends = [end(tables[n % processes], page) for n, page in enumerate([*stored, *stored[::7]])]
    closed = await asyncio.gather(*ends)
    assert [each.item for each in closed if each is not None] == [item]
    assert (await the_order(store, item)).pages_done == 60


@pytest.mark.parametrize("how", ["before", "after", "conflict"])
@pytest.mark.parametrize("number", range(5))
async def test_a_lost_answer_counts_no_page_twice(how, number):
    store = BusyStore()
    item, stored = await placed(store, 80)
    store._number, store.lost = itertools.count(), {number: how}  # noqa: SLF001
    orders = OrderTable(store)
    closed = await asyncio.gather(*(end(orders, page) for page in stored))
    assert [each.item for each in closed if each is not None] == [item]
    assert (await the_order(store, item)).pages_done == 80


async def test_a_page_that_has_changed_fails_alone():
    store = BusyStore()
    item, stored = await placed(store, 12)
    orders = OrderTable(store)
    await orders.save(stored[5], replace(stored[5].state, lookups_failed=1))
    saves = (orders.save(page, ended(page)) for page in stored)
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, ConflictError)] == [5]
    state = await the_order(store, item)
    assert (state.status, state.pages_done) == (OrderStatus.PROCESSED, 11)
    assert (await end(orders, stored[5])).item == item


async def test_a_saved_page_can_be_changed_on():
    store = BusyStore()
    _, stored = await placed(store, 3)
    orders = OrderTable(store)
    saved = await asyncio.gather(*(orders.save(page, ended(page)) for page in stored))
    bounced = replace(TOLD, result=EmailResult.FAILED_BOUNCED)
    for each in saved:
        await orders.save(each.stored, replace(each.stored.state, notifications=(bounced,)))


@pytest.mark.parametrize(("pages", "queries"), [(2, 1), (1000, 1), (1001, 2), (4095, 5)])
async def test_results_are_counted_without_reading_the_pages(pages, queries):
    store = BusyStore()
    item, stored = await placed(store, pages)
    orders = OrderTable(store)
    for page in stored[1::2]:
        await orders.save(page, replace(page.state, notifications=(TOLD, replace(TOLD, slot=2))))
    store.forget()
    counted = await orders.pages.results(item, pages)
    assert counted == result_counts([SENT] * -(-pages // 2) + [TOLD] * 2 * (pages // 2))
    assert store.calls == {(ORDERS, "query"): queries}
