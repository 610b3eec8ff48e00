"""A shipment is told to its feed again whenever an answer was lost; it stays the entry that it was."""

import itertools

from shared.domain.metrics import Counts
from shared.domain.order import OrderStatus, OrderType
from shared.domain.tracking import ClosedShipment
from shared.storage.feed import NewEntry, StatusFeed
from tests.property import world as w
from tests.property.process import Process
from tests.property.surroundings import Store


def ended(number, status=OrderStatus.COMPLETED):
    shipment_id = f"5e2eb335-ffaa-4517-81a7-bf42{number:02}000000"
    closed = ClosedShipment(shipment_id, OrderType.NOTIFICATION, status, w.start_of_day(), None, ())
    return NewEntry(closed, Counts(orders=1), is_hidden=status is OrderStatus.CANCELLED)


async def test_repeats_of_any_mixture_with_hidden_entries_change_nothing():
    clock = w.VirtualClock(w.start_of_day())
    seen, hidden, new = ended(1), ended(2, OrderStatus.CANCELLED), ended(3)
    for again in itertools.permutations([seen, hidden, new]):
        store = Store(Process(w.World(clock, clock)))
        assert await StatusFeed(store, clock).append("ttd", [seen, hidden]) == [None, None]
        feed = StatusFeed(store, clock)
        assert await feed.append("ttd", again) == [None] * 3
        read = [(entry.sequence, entry.closed) for entry in await feed.read("ttd", after=0, limit=9)]
        assert read == [(1, seen.closed), (2, new.closed)]
        assert await feed.counts("ttd", f"{clock.now():%Y%m}") == Counts(orders=3)
