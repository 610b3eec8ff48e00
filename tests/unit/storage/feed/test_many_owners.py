"""However many owners there are, none is left out of the metrics and the purge."""

from datetime import timedelta

import pytest

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.metrics import Counts
from shared.domain.orders.order import OrderStatus, OrderType
from shared.ports.tables import Insert
from shared.records.keys import instant_key
from shared.storage.feed import status_feed
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.feed_tail import FeedTail
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.keys import FEED_OWNERS, STATUS_FEED, feed_partition
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store

CLOCK = w.VirtualClock(w.start_of_day())


@pytest.fixture
def store():
    return Store(Process(w.World(CLOCK, CLOCK)))


def register(store, count):
    """Write the rows of owners, of whom the last by key is longest overdue."""
    names = [f"org{number:06}" for number in range(count)]
    for number, name in enumerate(names):
        due = instant_key(w.start_of_day() - timedelta(seconds=number))
        row = Insert(feed_partition(name), {"Owner": name, "PurgeAt": due})
        store.tables.apply(STATUS_FEED, FEED_OWNERS, [row])
    return names


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2000, 10_001])
async def test_every_owner_is_found(store, count):
    names = register(store, count)
    assert await StatusFeed(store, CLOCK).owners() == names
    due = await FeedTail(store).due_owners(w.start_of_day())
    assert [row.owner for row in due] == names[::-1]


async def test_remembered_heads_are_bounded_and_forgotten_ones_are_read_again(store, monkeypatch):
    monkeypatch.setattr(status_feed, "_MAX_OWNERS", 3)
    feed = StatusFeed(store, CLOCK)
    for number, owner in enumerate([*"abcdef"] * 2):
        shipment_id = f"5e2eb335-ffaa-4517-81a7-bf{number:04}000000"
        closed = ClosedShipment(
            shipment_id, OrderType.NOTIFICATION, OrderStatus.COMPLETED, w.start_of_day(), None, ()
        )
        assert await feed.append(owner, [NewEntry(closed, Counts(orders=1))]) == [None]
    assert len(feed._owners) == 3  # noqa: SLF001  nothing else shows what is remembered
    for owner in "abcdef":
        assert [entry.sequence for entry in await feed.read(owner, after=0, limit=10)] == [1, 2]
