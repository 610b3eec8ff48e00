"""What an owner reads: its own orders, and pages of the feed that stay small however large an order is."""

import pytest

from shared.domain.orders.metrics import Counts
from shared.domain.orders.notification import result_counts
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.domain.sending.send_window import SendWindow
from shared.runtime.errors import OrderNotFoundError, ShipmentNotFoundError
from shared.services.feeding.read_status import ReadStatus
from shared.services.times import Times
from shared.storage import keys, order_pages
from shared.storage.feed import status_feed as feed_module
from shared.storage.feed.status_feed import MAX_NOTIFICATIONS, StatusFeed
from tests.support.pipeline import world as w
from tests.support.pipeline.ended_orders import EndedOrders, WatchedStore, notifications
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store
from tests.support.pipeline.turns import free_turn

OWNER = "ttd"


class Owner:
    """An owner whose orders have ended, and who reads the feed."""

    def __init__(self):
        clock = w.VirtualClock(w.start_of_day())
        self.store = WatchedStore(clock)
        self.ended = EndedOrders(self.store, clock)
        self.reader = ReadStatus(
            orders=self.ended.orders,
            feed=self.ended.feed,
            senders_references=self.ended.senders_references,
            times=Times(clock=clock, real_time=clock, window=SendWindow()),
        )

    async def close(self, *sizes, counted=True):
        """Let orders end; a size is how many notifications each page has, or the only row of an order."""
        await self.ended.end(OWNER, *([(0, size) for size in pages] for pages in sizes), counted=counted)
        self.store.forget()

    async def read(self, after=0, limit=500, descending=False):
        """Return (number, notifications) of each entry of a page."""
        page = await self.reader.feed_page(
            OWNER, after=after, limit=limit, descending=descending, turn=free_turn()
        )
        return [(number, len(closed.notifications)) for number, closed in page]

    async def walk(self, **how):
        """Return the pages of the whole feed, each from the last number of the one before."""
        pages, after = [], 0
        while page := await self.read(after, **how):
            pages.append(page)
            after = page[-1][0]
            if how.get("descending") and after == 1:
                break
        return pages


@pytest.fixture
def owner():
    return Owner()


@pytest.mark.parametrize(("size", "calls"), [(1, 1), (100, 3)])
async def test_a_page_of_ordinary_orders_is_few_calls_and_full(owner, size, calls):
    await owner.close(*[[size]] * 500, [1])
    page = await owner.read()
    assert [number for number, _ in page] == list(range(1, 501))
    assert owner.store.calls == {(keys.STATUS_FEED, "query"): calls}


async def test_the_pages_of_a_large_order_are_read_once_and_nothing_else_of_it(owner):
    await owner.close([1], [2] * 120, [3] * 2)
    assert await owner.read() == [(1, 1), (2, 240), (3, 6)]
    assert owner.store.calls == {(keys.STATUS_FEED, "query"): 1, (keys.ORDERS, "query"): 3 + 1}
    assert set(owner.store.ranges.values()) == {1}


@pytest.mark.parametrize("pages", [1, 49, 50, 51, 100, 101, 400])
async def test_every_notification_is_told_in_order(owner, pages):
    sizes = [1 + n % 3 for n in range(max(pages, 2))]
    await owner.close(sizes)
    [(_, closed)] = await owner.reader.feed_page(OWNER, after=0, limit=1, descending=False, turn=free_turn())
    expected = [n for size in sizes for n in notifications(w.start_of_day(), 0, size)]
    assert list(closed.notifications) == expected


async def test_few_reads_are_under_way_at_once(owner, monkeypatch):
    monkeypatch.setattr(feed_module, "MAX_NOTIFICATIONS", 10**9)
    await owner.close(*[[1] * 300] * 12)
    assert len(await owner.read()) == 12
    assert 2 < owner.store.most <= 8


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "as entries used to be"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "sizes",
    [
        [[1] * 2] * 40,
        [[1], [100] * 9, [1], [1], [100] * 3, [100] * 3, [100] * 11, [1]],
        [[700], [700], [1], [1], [998], [1]],
        [[100] * 30] * 3,
    ],
    ids=["small", "mixed", "one row", "none fits"],
)
async def test_a_page_ends_before_it_grows_over_the_limit(owner, monkeypatch, sizes, descending, counted):
    monkeypatch.setattr(feed_module, "MAX_NOTIFICATIONS", 1000)
    await owner.close(*sizes, counted=counted)
    pages = await owner.walk(descending=descending)
    numbers = list(range(1, len(sizes) + 1))
    assert [number for page in pages for number, _ in page] == (numbers[::-1] if descending else numbers)
    told = [(number, size) for page in pages for number, size in page]
    assert all(size == sum(sizes[number - 1]) for number, size in told), "an entry was cut"
    assert all(len(page) == 1 or sum(size for _, size in page) <= 1000 for page in pages)
    assert len(pages) < len(sizes) or all(sum(size) > 500 for size in sizes)
    assert {n for (table, *_), n in owner.store.ranges.items() if table == keys.ORDERS} <= {1}, "read twice"


async def test_calls_are_bounded_also_where_pages_hold_next_to_nothing(owner, monkeypatch):
    monkeypatch.setattr(feed_module, "MAX_NOTIFICATIONS", 10_000)
    await owner.close(*[[1, *[0] * 59]] * 10)
    assert len(await owner.read()) == 1
    assert owner.store.calls[keys.ORDERS, "query"] == 2


async def test_limit_leaves_an_ordinary_page_alone():
    assert MAX_NOTIFICATIONS >= 500 * 100


async def test_the_pipeline_notes_how_much_a_large_order_tells(monkeypatch):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    monkeypatch.setattr(order_pages, "PAGES_PER_QUERY", 3)
    process = Process(w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day())))
    world = process.world
    order = OrderRequest(
        OrderType.NOTIFICATION,
        w.start_of_day(),
        ChannelSchema.EMAIL,
        tuple(Recipient(email_address=f"p{n}@example.no") for n in range(13)),
        email=EmailTemplate("from@example.com", "s", "b"),
    )
    await process.place(OWNER, ChainRequest(order, dialog_id="d-1"))
    while world.messages:
        await process.handle(world.messages.pop(0))
    for operation in world.email_operations:
        await process.handle(w.email_report(operation, "Delivered"))
    while world.messages:
        await process.handle(world.messages.pop(0))
    feed = StatusFeed(Store(process), world.clock)
    [entry] = await feed.read(OWNER, after=0, limit=9)
    assert (entry.closed.pages, entry.closed.on_pages) == (7, 13)
    counted = await feed.counts(OWNER, w.start_of_day().strftime("%Y%m"))
    assert counted == Counts(orders=1, emails=13, emails_succeeded=13)
    logged = [row for table, _, row in world.tables.rows if table == keys.NOTIFICATION_LOG]
    assert len(logged) == 7


async def test_only_a_shipment_of_ones_own_is_found(owner):
    (item,) = await owner.ended.end(OWNER, [(1, 1)])
    assert (await owner.reader.shipment(OWNER, str(item))).item == item
    for name in (str(item.chain), str(item.of_notification(1)), str(item.of_page(1)), "nonsense"):
        with pytest.raises(ShipmentNotFoundError):
            await owner.reader.shipment(OWNER, name)
    with pytest.raises(ShipmentNotFoundError):
        await owner.reader.shipment("skd", str(item))
    with pytest.raises(OrderNotFoundError):
        await owner.reader.order("skd", str(item))


@pytest.mark.parametrize("pages", [[(2, 1)], [(2, 1), (0, 3), (1, 0)]], ids=["one row", "pages"])
async def test_the_results_of_an_order_are_those_of_its_notifications(owner, pages):
    (item,) = await owner.ended.end(OWNER, pages)
    stored = await owner.reader.order(OWNER, str(item))
    results = await owner.reader.results(stored)
    assert results == result_counts(await owner.reader.notifications(stored, free_turn()))
    assert sum(results.values()) == sum(map(sum, pages))


async def test_the_results_of_a_large_order_cost_one_read_of_no_page(owner):
    (item,) = await owner.ended.end(OWNER, [(3, 2)] * 170)
    stored = await owner.reader.order(OWNER, str(item))
    owner.store.forget()
    assert sum((await owner.reader.results(stored)).values()) == 850
    assert owner.store.calls == {(keys.ORDERS, "query"): 1}


async def test_an_order_is_read_with_the_recipients_and_notifications_of_all_its_pages(owner):
    (item,) = await owner.ended.end(OWNER, [(1, 0), (2, 0)])
    view = await owner.reader.whole(await owner.reader.order(OWNER, str(item)), free_turn())
    assert [name for name, _ in view.notifications] == [
        item.of_page(1).of_notification(1),
        item.of_page(2).of_notification(1),
        item.of_page(2).of_notification(2),
    ]
    assert len(view.rows) == 2
    assert view.recipient_of(item.of_page(2).of_notification(2), 0) == view.rows[1].order.recipients[0]


async def test_orders_are_found_by_the_reference_of_their_owner(owner):
    items = await owner.ended.end(
        OWNER, *[[(0, 1)]] * 3, senders_reference=lambda number: f"sak-{number % 2}"
    )
    await owner.ended.end("skd", [(0, 1)], senders_reference=lambda _: "sak-0")
    found = await owner.reader.orders_by_reference(OWNER, "sak-0", free_turn())
    assert {stored.item for stored in found.orders} == {items[0], items[2]}
    assert (await owner.reader.orders_by_reference(OWNER, "sak-7", free_turn())).orders == ()
