"""The feed queue: what is wrong with one owner's feed, or one shipment, is nothing to the others."""

import asyncio
from dataclasses import replace

import pytest

from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.records import queues
from shared.records.messages import load_feed_news
from shared.runtime.errors import PermanentError, TransientError
from shared.storage import keys
from tests.support.pipeline import world as w
from tests.support.pipeline.feeds import feed_entries
from tests.support.pipeline.orders import sms
from tests.support.pipeline.process import Process
from tests.support.virtual_time import run_virtually

LOCK_SECONDS = 60
OWNERS = ("ttd", "skd", "nav", "digdir")


async def news_of(process, owners):
    """Return news of an order each that has ended, which its send queue does not know of."""
    world = process.world
    for number, owner in enumerate(owners):
        order = OrderRequest(
            OrderType.NOTIFICATION,
            world.clock.now(),
            ChannelSchema.SMS,
            (Recipient(mobile_number=f"+4790000{number:03}"),),
            sms=SmsTemplate("Altinn", "hei"),
            condition_endpoint="https://condition.example",
        )
        await process.place(owner, ChainRequest(order))
    world.condition = w.NOT_MET
    while waiting := [message for message in world.messages if message.queue != queues.STATUS_FEED]:
        world.messages.remove(waiting[0])
        await process.handle(waiting[0])
    news = [load_feed_news(message.body) for message in world.messages]
    world.messages.clear()
    assert len(news) == len(owners)
    return news


def told(world):
    return {
        partition
        for table, partition, row_key in world.tables.rows
        if table == keys.STATUS_FEED and row_key.startswith("E")
    }


@pytest.fixture
def process():
    return Process(w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day())))


def failing_for(owner, feed, work):
    async def append(of, entries):
        if of == owner:
            await work()
        return await feed(of, entries)

    return append


@pytest.mark.parametrize("error", [PermanentError("never"), TransientError("late"), ValueError("odd")])
@pytest.mark.parametrize("owner", OWNERS)
async def test_feed_that_fails_fails_its_own_items_only(process, monkeypatch, owner, error):
    news = await news_of(process, [*OWNERS, *OWNERS])

    async def fail():
        raise error

    append = failing_for(owner, process.append_feed.feed.append, fail)
    monkeypatch.setattr(process.append_feed.feed, "append", append)
    outcomes = await process.append_feed(news)
    assert outcomes == [error if item.owner == owner else None for item in news]
    assert told(process.world) == set(OWNERS) - {owner}
    await process.append_feed.removing.done()
    assert len(process.world.tables.agenda()) == 2, "those come again"


def test_feed_that_does_not_answer_is_left_while_its_batch_has_its_locks(process, monkeypatch):
    async def scenario():
        news = await news_of(process, OWNERS)

        async def hang():
            await asyncio.sleep(1000)

        append = failing_for("nav", process.append_feed.feed.append, hang)
        monkeypatch.setattr(process.append_feed.feed, "append", append)
        started = asyncio.get_running_loop().time()
        outcomes = await process.append_feed(news)
        assert asyncio.get_running_loop().time() - started < LOCK_SECONDS - 10
        assert [type(outcome) for outcome in outcomes].count(TransientError) == 1
        assert told(process.world) == set(OWNERS) - {"nav"}

    run_virtually(scenario())


async def test_shipment_that_cannot_be_read_keeps_no_other_one_out(process, monkeypatch):
    news = await news_of(process, OWNERS[:1] * 5)
    load = process.orders.load

    async def broken(item):
        if item == news[3].item:
            raise KeyError("Status")
        return await load(item)

    monkeypatch.setattr(process.orders, "load", broken)
    outcomes = await process.append_feed([replace(item, closed=None) for item in news])
    assert [type(outcome) for outcome in outcomes] == [KeyError if n == 3 else type(None) for n in range(5)]


async def test_doubles_in_a_batch_are_one_entry_and_share_its_outcome(process):
    news = await news_of(process, OWNERS)
    assert await process.append_feed([*news, *news]) == [None] * 8
    assert len(feed_entries(process.world.tables)) == 4


async def test_shipment_that_has_not_ended_is_left_to_the_agenda(process):
    news = await news_of(process, OWNERS)
    missing = replace(news[0], item=news[1].item.of_shipment(7), closed=None)
    assert await process.append_feed([missing]) == [None]
    assert not told(process.world)


async def test_feed_whose_storage_does_not_answer_is_left_for_later_soon(process, monkeypatch):
    world = process.world
    await process.place("ttd", ChainRequest(sms(world.clock.now())))
    await process.carry_out()
    world.messages += [
        w.sms_report(reference, SmsResult.DELIVERED, world.clock.now()) for reference in world.references
    ]
    asked = 0

    transact = process.adapters.store.transact

    async def lost(table, *args):
        nonlocal asked
        if table != keys.STATUS_FEED:
            return await transact(table, *args)
        asked += 1
        raise TransientError("no answer in half a minute")

    with monkeypatch.context() as broken:
        broken.setattr(process.adapters.store, "transact", lost)
        await process.carry_out()
    assert 1 < asked <= 3
    await process.pass_hours(1)
    assert len(feed_entries(world.tables)) == 1
