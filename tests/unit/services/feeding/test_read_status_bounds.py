"""Lists and logs are bounded in bytes and in table calls; what is left out is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.services.feeding import read_status
from shared.storage import notification_log
from shared.storage.feed import status_feed
from shared.storage.feed.status_feed import FeedEntry
from shared.storage.keys import CHAIN, ORDERS
from tests.support.pipeline import world as w
from tests.support.pipeline.ended_orders import EndedOrders, WatchedStore
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store


async def placed(process, recipients, text="hei"):
    order = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now() + timedelta(days=1),
        ChannelSchema.EMAIL,
        tuple(Recipient(email_address=f"a{n}@example.no") for n in range(recipients)),
        senders_reference="ref",
        email=EmailTemplate("from@example.no", "hei", text),
    )
    await process.place("ttd", ChainRequest(order))


async def listed(process):
    async with process.app.answer_turns.of("ttd") as turn:
        return await process.app.read_status.orders_by_reference("ttd", "ref", turn)


@pytest.fixture
def queries(monkeypatch):
    """The ranges of pages that were read."""
    made, query = [], Store.query

    async def counted(self, table, *rest, **more):
        if table == ORDERS and more["above"].startswith(CHAIN):
            made.append(more["above"])
        return await query(self, table, *rest, **more)

    monkeypatch.setattr(Store, "query", counted)
    return made


async def test_pages_of_orders_that_do_not_fit_are_not_read(world, queries):
    process = Process(world)
    for _ in range(4):
        await placed(process, 50_100)
    queries.clear()
    found = await listed(process)
    assert found.truncated
    assert [len(stored.order.recipients) for stored in found.orders] == [50_100] * 2
    assert len(queries) == 2 * 11


@pytest.mark.parametrize("text", ["x" * 3000, "\x01" * 500, "🎉" * 750], ids=["plain", "escaped", "emoji"])
async def test_texts_count_as_they_are_written(world, monkeypatch, text):
    monkeypatch.setattr(read_status, "_LIST_BYTES", 10_000)
    process = Process(world)
    for _ in range(6):
        await placed(process, 1, text)
    found = await listed(process)
    assert (len(found.orders), found.truncated) == (3, True)


@pytest.mark.parametrize(("recipients", "text"), [(250, "hei"), (1, "x" * 300_000)])
async def test_one_order_is_always_told(world, monkeypatch, recipients, text):
    monkeypatch.setattr(read_status, "_LIST_BYTES", 10)
    process = Process(world)
    await placed(process, recipients, text)
    found = await listed(process)
    assert (len(found.orders), found.truncated) == (1, False)
    assert len(found.orders[0].order.recipients) == recipients


@pytest.mark.parametrize(
    ("recipients", "text"), [(2200, "hei"), (250, "x" * 500_000)], ids=["recipients", "texts"]
)
async def test_a_large_list_is_read_when_its_owner_has_its_turn(world, queries, recipients, text):
    process = Process(world)
    for _ in range(3):
        await placed(process, recipients, text)
    queries.clear()
    async with process.app.answer_turns.of("ttd") as turn:
        await turn.take()
        listing = asyncio.create_task(listed(process))
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(queries) == (0 if recipients > 2000 else 1)  # two texts are a megabyte
    assert len((await listing).orders) == 3
    assert len(queries) == 3


async def test_ordinary_lists_are_whole(world):
    process = Process(world)
    for _ in range(100):
        await placed(process, 30)
    found = await listed(process)
    assert (len(found.orders), found.truncated) == (100, False)


async def test_a_page_of_the_feed_ends_before_it_has_too_many_bytes(monkeypatch):
    monkeypatch.setattr(status_feed, "MAX_BYTES", 50_000)
    clock = w.VirtualClock(w.start_of_day())
    ended = EndedOrders(WatchedStore(clock), clock)
    await ended.end("ttd", *[[(0, 1)]] * 20, senders_reference=lambda n: "\x01" * 2000 + str(n))
    first = await ended.feed.read("ttd", after=0, limit=500)
    assert [entry.sequence for entry in first] == [1, 2, 3, 4]
    newest = await ended.feed.read("ttd", after=0, limit=500, descending=True)
    assert [entry.sequence for entry in newest] == [20, 19, 18, 17]
    told, after = [], 0
    while page := await ended.feed.read("ttd", after=after, limit=500):
        told += [entry.sequence for entry in page]
        after = told[-1]
    assert told == list(range(1, 21))


@pytest.fixture
async def entries():
    """Thirty shipments of ten notifications each."""
    clock = w.VirtualClock(w.start_of_day())
    ended = EndedOrders(WatchedStore(clock), clock)
    await ended.end("ttd", *[[(0, 10)]] * 30)
    return [entry.closed for entry in await ended.feed.read("ttd", after=0, limit=100)]


@pytest.mark.parametrize(("pages", "waits"), [(30, True), (10, False)])
async def test_a_page_of_the_feed_with_a_large_order_waits_for_a_turn(
    world, monkeypatch, queries, entries, pages, waits
):
    async def read(self, owner, **_):
        return [FeedEntry(1, replace(entries[0], pages=pages))]

    monkeypatch.setattr(status_feed.StatusFeed, "read", read)
    app = Process(world).app

    async def page():
        async with app.answer_turns.of("ttd") as turn:
            return await app.read_status.feed_page("ttd", after=0, limit=9, descending=False, turn=turn)

    async with app.answer_turns.of("ttd") as turn:
        await turn.take()
        reading = asyncio.create_task(page())
        for _ in range(200):
            await asyncio.sleep(0)
        assert reading.done() is not waits
        assert bool(queries) is not waits
    assert len(await reading) == 1


@pytest.mark.parametrize(("ids", "rows"), [(10, 24), (8000, 1)])
async def test_a_log_ends_before_it_has_too_many_bytes(world, monkeypatch, entries, ids, rows):
    monkeypatch.setattr(notification_log, "MAX_BYTES", 100_000)
    log = Process(world).app.notification_log
    await log.add("ttd", [replace(closed, dialog_id="d" * ids) for closed in entries])
    assert len(await log.of_dialog("d" * ids, "ttd")) == rows


async def test_each_owner_has_its_share_of_a_log(world, monkeypatch, entries):
    monkeypatch.setattr(notification_log, "MAX_BYTES", 100_000)
    log = Process(world).app.notification_log
    for owner in ("a", "b", "c"):
        await log.add(owner, [replace(closed, dialog_id="dialog") for closed in entries])
    told = [owner for owner, _ in await log.of_all_owners("dialog")]
    assert [told.count(owner) for owner in ("a", "b", "c")] == [8, 8, 8]


async def test_a_log_that_fits_is_whole(world, entries):
    log = Process(world).app.notification_log
    await log.add("ttd", [replace(closed, dialog_id="dialog") for closed in entries])
    assert len(await log.of_dialog("dialog", "ttd")) == len(await log.of_all_owners("dialog")) == 30
