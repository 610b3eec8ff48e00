"""A shipment is told to its feed again whenever an answer was lost; it stays the entry that it was."""

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.metrics import Counts
from shared.domain.orders.order import OrderStatus, OrderType
from shared.ports.tables import Insert, RowOperationError
from shared.records import codec
from shared.records.columns import MAX_BYTES
from shared.runtime.errors import PermanentError, TransientError
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.feed_tail import FeedTail
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.keys import FEED_HEAD, STATUS_FEED, feed_partition
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store


class CountingStore(Store):
    """Counts calls; refuses rows whose keys hold what `refused` says, as the service refuses large ones."""

    def __init__(self, process):
        super().__init__(process)
        self.calls = Counter()
        self.refused = {}

    async def get(self, *args, **more):
        self.calls["get"] += 1
        return await super().get(*args, **more)

    async def query(self, *args, **more):
        self.calls["query"] += 1
        return await super().query(*args, **more)

    async def transact(self, table, partition_key, operations):
        self.calls["transact"] += 1
        for index, operation in enumerate(operations):
            for text, error in self.refused.items():
                if isinstance(operation, Insert) and text in written(operation):
                    raise RowOperationError(index, error) if isinstance(error, int) else error
        return await super().transact(table, partition_key, operations)


def written(insert):
    """Return the key of a new row, and what it holds if it is a pack of entries."""
    body = insert.columns.get("Body")
    return insert.row_key + ("" if body is None else codec.unpacked(body[1:]).decode())


def ended(number, status=OrderStatus.COMPLETED, at=timedelta(0)):
    shipment_id = f"5e2eb335-ffaa-4517-81a7-bf{number:04}000000"
    closed = ClosedShipment(shipment_id, OrderType.NOTIFICATION, status, w.start_of_day() + at, None, ())
    return NewEntry(closed, Counts(orders=1), is_hidden=status is OrderStatus.CANCELLED)


@pytest.fixture
def clock():
    return w.VirtualClock(w.start_of_day())


@pytest.fixture
def store(clock):
    return CountingStore(Process(w.World(clock, clock)))


async def told(store, clock):
    entries = await StatusFeed(store, clock).read("ttd", after=0, limit=1000)
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    return [entry.closed for entry in entries]


async def test_repeats_of_any_mixture_with_hidden_entries_change_nothing(clock):
    seen, hidden, new = ended(1), ended(2, OrderStatus.CANCELLED), ended(3)
    for again in itertools.permutations([seen, hidden, new]):
        store = Store(Process(w.World(clock, clock)))
        assert await StatusFeed(store, clock).append("ttd", [seen, hidden]) == [None, None]
        feed = StatusFeed(store, clock)
        assert await feed.append("ttd", again) == [None] * 3
        read = [(entry.sequence, entry.closed) for entry in await feed.read("ttd", after=0, limit=9)]
        assert read == [(1, seen.closed), (2, new.closed)]
        assert await feed.counts("ttd", f"{clock.now():%Y%m}") == Counts(orders=3)


@pytest.mark.parametrize(("repeats", "new"), [(1, 0), (100, 0), (99, 1), (50, 50), (1, 99)])
@pytest.mark.parametrize("apart", [timedelta(0), timedelta(milliseconds=20), timedelta(hours=6)])
async def test_repeats_cost_a_read_of_their_batch(store, clock, repeats, new, apart):
    kinds = itertools.cycle([*[OrderStatus.COMPLETED] * 9, OrderStatus.CANCELLED])
    entries = [ended(n, status, n * apart) for n, status in zip(range(repeats + new), kinds, strict=False)]
    await StatusFeed(store, clock).append("ttd", entries[:repeats])
    again = random.Random(7).sample(entries, len(entries))
    feed = StatusFeed(store, clock)
    store.calls.clear()
    assert await feed.append("ttd", again) == [None] * len(again)
    packs = 2 if apart > timedelta(seconds=1) and len(entries) > 96 else 1
    assert store.calls["query"] <= packs
    assert store.calls["transact"] <= (packs if new else 0), "nothing that is known is written"
    shown = [entry.closed for entry in entries if not entry.is_hidden]
    assert sorted(await told(store, clock), key=lambda closed: closed.shipment_id) == shown


async def test_what_ended_after_all_others_costs_no_read(store, clock):
    feed = StatusFeed(store, clock)
    for second in range(9):
        at = timedelta(seconds=second)
        await feed.append("ttd", [ended(2 * second, at=at), ended(2 * second + 1, OrderStatus.CANCELLED, at)])
    assert store.calls == {"get": 1, "transact": 9}


async def test_what_ended_in_the_same_second_is_appended_with_one_read(store, clock):
    feed = StatusFeed(store, clock)
    await feed.append("ttd", [ended(1)])
    await feed.append("ttd", [ended(2), ended(3, at=timedelta(milliseconds=999))])
    assert store.calls == {"get": 1, "query": 1, "transact": 2}


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(milliseconds=1), timedelta(seconds=2)])
async def test_many_share_few_rows(store, clock, apart):
    entries = [ended(n, at=n * apart) for n in range(1000)]
    assert await StatusFeed(store, clock).append("ttd", entries) == [None] * 1000
    rows = store.tables.partition(STATUS_FEED, feed_partition("ttd"))
    assert len(rows) <= (1000 + 15 if apart > timedelta(seconds=1) else 20)
    assert await told(store, clock) == [entry.closed for entry in entries]


@pytest.mark.parametrize("at", [0, 1, 60, 3599])
async def test_repeats_among_more_markers_than_one_read_returns_are_found(store, clock, at):
    """A seller of a thousand a second has hundreds of rows between two shipments of a batch."""
    feed = StatusFeed(store, clock)
    entries = [ended(n, at=timedelta(seconds=n % 2400)) for n in range(3600)]
    for start in range(0, 3600, 60):
        await feed.append("ttd", entries[start : start + 60])
    again = [entries[0], entries[at], entries[-1], ended(9000, at=timedelta(seconds=500))]
    assert await StatusFeed(store, clock).append("ttd", again) == [None] * 4
    assert len(await feed.read("ttd", after=3595, limit=2000)) == 6


async def test_more_markers_in_one_second_than_one_read_returns(store, clock):
    feed = StatusFeed(store, clock)
    entries = [ended(n, at=timedelta(microseconds=n)) for n in range(450)]
    for entry in entries:
        await feed.append("ttd", [entry])
    store.calls.clear()
    assert await StatusFeed(store, clock).append("ttd", [*entries, ended(9000)]) == [None] * 451
    assert store.calls["query"] <= 2 * 3
    assert len(await told(store, clock)) == 451


async def test_nothing_is_appended_when_repeats_cannot_be_told(store, clock, monkeypatch):
    entries = [ended(n) for n in range(9)]
    await StatusFeed(store, clock).append("ttd", entries)

    async def lost(*args, **kwargs):
        raise TransientError("lost")

    feed = StatusFeed(store, clock)
    with monkeypatch.context() as broken:
        broken.setattr(store, "query", lost)
        outcomes = await feed.append("ttd", [*entries, ended(10)])
        assert {type(outcome) for outcome in outcomes} == {TransientError}
    assert await feed.append("ttd", [*entries, ended(10)]) == [None] * 10
    assert len(await told(store, clock)) == 10


async def test_one_shipment_from_several_callers_at_once_is_one_entry(store, clock):
    feed = StatusFeed(store, clock)
    entries = [ended(n) for n in range(20)]
    calls = [feed.append("ttd", [*entries[start:], *entries[:start]]) for start in range(20)]
    assert await asyncio.gather(*calls) == [[None] * 20] * 20
    assert len(await told(store, clock)) == 20
    assert store.calls["transact"] == 1, "they share it"


async def test_repeat_after_the_content_is_gone_is_still_recognised_and_later_forgotten(store, clock):
    entries = [ended(n, at=timedelta(microseconds=n)) for n in range(3)]
    await StatusFeed(store, clock).append("ttd", entries)
    tail = FeedTail(store)
    await tail.drop("ttd", await tail.oldest_entries("ttd"))
    assert await StatusFeed(store, clock).append("ttd", entries) == [None] * 3
    assert await told(store, clock) == []
    await tail.drop("ttd", await tail.oldest_marked("ttd"))
    left = store.tables.partition(STATUS_FEED, feed_partition("ttd"))
    assert {row.row_key[0] for row in left} <= {"!", "D"}


@pytest.mark.parametrize("place", [0, 20, 48, 49, 97])
@pytest.mark.parametrize("error", [400, 413, PermanentError("too large")])
async def test_entry_that_storage_never_takes_keeps_no_other_one_out(store, clock, place, error):
    entries = [ended(n) for n in range(98)]
    store.refused[entries[place].closed.shipment_id] = error
    outcomes = await StatusFeed(store, clock).append("ttd", entries)
    assert isinstance(outcomes[place], PermanentError)
    assert [outcome for n, outcome in enumerate(outcomes) if n != place] == [None] * 97
    others = [entry.closed for n, entry in enumerate(entries) if n != place]
    assert await told(store, clock) == others
    assert store.calls["transact"] < 20


async def test_entry_that_no_row_holds_keeps_no_other_one_out(store, clock):
    noise = random.Random(7).randbytes(2 * MAX_BYTES).hex()
    huge = replace(ended(3), closed=replace(ended(3).closed, senders_reference=noise))
    outcomes = await StatusFeed(store, clock).append("ttd", [ended(1), huge, ended(2)])
    assert [type(outcome) for outcome in outcomes] == [type(None), PermanentError, type(None)]


async def test_an_error_that_nobody_expects_is_not_met_again_and_again(store, clock):
    store.refused[FEED_HEAD] = ValueError("a wrong set-up")
    outcomes = await StatusFeed(store, clock).append("ttd", [ended(n) for n in range(9)])
    assert {type(outcome) for outcome in outcomes} == {ValueError}
    assert store.calls["transact"] == 1


@pytest.mark.parametrize("error", [400, 413])
async def test_owner_whose_head_is_refused_is_not_asked_again_and_again(store, clock, error):
    store.refused[FEED_HEAD] = error
    outcomes = await StatusFeed(store, clock).append("ttd", [ended(n) for n in range(9)])
    assert {type(outcome) for outcome in outcomes} == {PermanentError}
    assert store.calls["transact"] == 1
