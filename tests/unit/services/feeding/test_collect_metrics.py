"""Notifications of a day and counts of a month, over the feeds of all owners."""

from datetime import timedelta

import pytest

from shared.domain.orders.metrics import Counts
from shared.domain.orders.order import Channel
from shared.services.feeding.collect_metrics import CollectMetrics
from shared.storage import keys
from tests.support.pipeline import world as w
from tests.support.pipeline.ended_orders import EndedOrders, WatchedStore

TODAY = w.start_of_day()


class Feeds:
    """Owners whose orders have ended, and what is collected of them."""

    def __init__(self):
        self.clock = w.VirtualClock(TODAY)
        self.store = WatchedStore(self.clock)
        self.ended = EndedOrders(self.store, self.clock)
        self.collect = CollectMetrics(orders=self.ended.orders, feed=self.ended.feed)

    async def day(self, channel, at=TODAY):
        return [sent async for sent in self.collect.day(channel, at.date())]


@pytest.fixture
def feeds():
    return Feeds()


async def test_a_day_has_the_notifications_of_one_channel_of_every_owner(feeds):
    await feeds.ended.end("ttd", [(2, 1)])
    await feeds.ended.end("skd", [(1, 3)])
    found = await feeds.day(Channel.SMS)
    assert sorted((sent.owner, sent.item.slot) for sent in found) == [("skd", 1), ("ttd", 1), ("ttd", 2)]
    assert [sent.size.parts for sent in found] == [1] * 3
    assert len(await feeds.day(Channel.EMAIL)) == 4


async def test_a_day_has_what_ended_on_it_and_nothing_else(feeds):
    await feeds.ended.end("ttd", [(1, 0)])
    feeds.clock.at += timedelta(days=1)
    await feeds.ended.end("ttd", [(2, 0)])
    assert [len(await feeds.day(Channel.SMS, TODAY + timedelta(days=n))) for n in (-1, 0, 1, 2)] == [
        0,
        1,
        2,
        0,
    ]


async def test_the_pages_of_a_large_order_are_named_each(feeds):
    (item,) = await feeds.ended.end("ttd", [(1, 0), (2, 0)])
    found = await feeds.day(Channel.SMS)
    assert [sent.item for sent in found] == [
        item.of_page(1).of_notification(1),
        item.of_page(2).of_notification(1),
        item.of_page(2).of_notification(2),
    ]


async def test_no_page_of_a_large_order_is_read_before_it_is_asked_for(feeds):
    await feeds.ended.end("ttd", [(3, 2)] * 170)
    feeds.store.forget()
    seen = 0
    async for _ in feeds.collect.day(Channel.SMS, TODAY.date()):
        seen += 1
        assert feeds.store.calls[keys.ORDERS, "query"] == 1 + (seen - 1) // 150
    assert seen == 510


async def test_a_month_has_the_counts_of_every_owner_who_asked_for_anything_in_it(feeds):
    for owner, orders in (("ttd", 2), ("nav", 1)):
        await feeds.ended.end(owner, *[[(1, 1)]] * orders)
    assert await feeds.collect.month(TODAY.year, TODAY.month) == [
        ("nav", Counts(orders=1)),
        ("ttd", Counts(orders=2)),
    ]
    assert await feeds.collect.month(TODAY.year, TODAY.month + 1) == []


async def test_a_month_asks_many_owners_side_by_side_but_not_all_at_once(feeds):
    owners = [f"owner-{number:02}" for number in range(40)]
    for owner in owners:
        await feeds.ended.end(owner, [(0, 1)])
    feeds.store.forget()
    assert [owner for owner, _ in await feeds.collect.month(TODAY.year, TODAY.month)] == owners
    assert 2 <= feeds.store.most <= 16
