import random
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.orders.ended_shipment import ClosedShipment, SmsSize
from shared.domain.orders.ids import IdMaker
from shared.domain.orders.metrics import Counts, counts_of
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel, OrderStatus, OrderType
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.feed_tail import FeedTail
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.keys import STATUS_FEED

NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)
IDS = IdMaker(b"k" * 32)


class Clock:
    def __init__(self):
        self.at = NOON

    def now(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def feed(store, clock):
    await store.ensure_tables([STATUS_FEED])
    return StatusFeed(store, clock)


@pytest.fixture
def owner():
    return f"Org/{IDS.random_chain()}"


def closed(clock, status=OrderStatus.COMPLETED, **more):
    email = Notification(1, 0, Channel.EMAIL, "a@example.no", EmailResult.DELIVERED, clock.at)
    sms = Notification(2, 0, Channel.SMS, "+4791700001", SmsResult.FAILED, clock.at)
    item = IDS.random_chain().of_shipment(1)
    values = {
        "shipment_id": str(item),
        "type": OrderType.NOTIFICATION,
        "status": status,
        "closed_at": clock.at,
        "senders_reference": None,
        "notifications": (email, sms),
        "requested_send_at": clock.at,
        "sms_template": SmsSize(200, 2),
    }
    return ClosedShipment(**(values | more))


def entry(shipment):
    return NewEntry(shipment, counts_of([shipment]))


async def ids_of(feed, owner, day):
    return [entry.closed.shipment_id async for entry in feed.read_day(owner, day)]


async def test_every_entry_belongs_to_one_day_also_when_the_clock_goes_back(feed, owner, clock):
    days: dict[date, list[str]] = {}
    for hours in (0, 1, 24, 25, 12, 24 * 4):
        clock.at = NOON + timedelta(hours=hours)
        shipments = [closed(clock), closed(clock)]
        assert await feed.append(owner, [entry(s) for s in shipments]) == [None, None]
        told = max(clock.at.date(), *days, NOON.date())
        days.setdefault(told, []).extend(s.shipment_id for s in shipments)
    for day, expected in days.items():
        assert await ids_of(feed, owner, day) == expected
    assert [len(expected) for expected in days.values()] == [4, 6, 2]
    assert await ids_of(feed, owner, NOON.date() + timedelta(days=2)) == []


async def test_counts_are_per_month_of_the_requested_time_and_never_doubled(store, feed, owner, clock):
    may, june = closed(clock), closed(clock, requested_send_at=NOON + timedelta(days=31))
    entries = [entry(may), entry(june)]
    await feed.append(owner, entries)
    other = StatusFeed(store, clock)  # another process, whose memory of the head is empty, then old
    assert await other.append(owner, [*entries, entry(closed(clock))]) == [None] * 3
    assert await feed.append(owner, entries) == [None, None]
    one = Counts(orders=1, emails=1, emails_succeeded=1, sms_parts=2, sms_succeeded=0)
    assert await feed.counts(owner, "203105") == one + one
    assert await feed.counts(owner, "203106") == one
    assert await feed.counts(owner, "203107") == Counts()
    assert await feed.counts("nobody", "203105") == Counts()
    assert owner in await feed.owners()


async def test_cancelled_shipments_take_no_number_and_are_not_read(store, feed, owner, clock):
    cancelled = closed(clock, OrderStatus.CANCELLED, notifications=())
    first, last = closed(clock), closed(clock)
    await feed.append(
        owner, [entry(first), NewEntry(cancelled, Counts(orders=1), is_hidden=True), entry(last)]
    )
    read = await feed.read(owner, after=0, limit=10)
    assert [(e.sequence, e.closed.shipment_id) for e in read] == [
        (1, first.shipment_id),
        (2, last.shipment_id),
    ]
    assert await ids_of(feed, owner, NOON.date()) == [first.shipment_id, last.shipment_id]
    assert [str(row.item) for row in await FeedTail(store).oldest_hidden(owner)] == [cancelled.shipment_id]
    assert (await feed.counts(owner, "203105")).orders == 3


@pytest.mark.parametrize("is_hidden", [True, False])
async def test_a_repeat_is_recognised_whether_its_entry_is_hidden_or_not(feed, owner, clock, is_hidden):
    cancelled = closed(clock, OrderStatus.CANCELLED, notifications=())
    repeated = NewEntry(cancelled, Counts(orders=1), is_hidden=is_hidden)
    for _ in range(2):
        assert await feed.append(owner, [entry(closed(clock)), repeated]) == [None, None]
    assert len(await feed.read(owner, after=0, limit=10)) == 2 + (not is_hidden)
    assert (await feed.counts(owner, "203105")).orders == 3


async def test_a_full_transaction_fits(feed, owner, clock):
    """As many shipments as one may have; as many seconds; and as many bytes, in two packs."""
    many = [closed(clock) for _ in range(400)]
    seconds = [closed(clock, closed_at=NOON + timedelta(seconds=n)) for n in range(200)]
    noise = random.Random(7)
    texts = [closed(clock, senders_reference=noise.randbytes(10_000).hex()) for _ in range(60)]
    shipments = [*many, *seconds, *texts]
    assert await feed.append(owner, [entry(s) for s in shipments]) == [None] * 660
    assert await ids_of(feed, owner, NOON.date()) == [s.shipment_id for s in shipments]


async def test_as_many_repeats_as_a_transaction_holds_do_not_delay_what_is_new(feed, owner, clock):
    known = [closed(clock) for _ in range(400)]
    assert await feed.append(owner, [entry(s) for s in known]) == [None] * 400
    new = closed(clock)
    assert await feed.append(owner, [entry(s) for s in (*known, new)]) == [None] * 401
    read = await feed.read(owner, after=300, limit=200)
    assert [(e.sequence, e.closed.shipment_id) for e in read][-1] == (401, new.shipment_id)


async def test_entries_are_dropped_then_their_markers(store, feed, owner, clock):
    shipments = [closed(clock) for _ in range(3)]
    await feed.append(owner, [entry(s) for s in shipments])
    tail = FeedTail(store)
    oldest = await tail.oldest_entries(owner)
    assert [str(row.item) for row in oldest] == [s.shipment_id for s in shipments]
    again = await tail.oldest_entries(owner)
    await tail.drop(owner, oldest[:2])
    await tail.drop(owner, again[:1])  # another run, which has read the same
    assert [e.sequence for e in await feed.read(owner, after=0, limit=10)] == [3]
    assert [e.sequence for e in await feed.read(owner, after=0, limit=10, descending=True)] == [3]
    marked = await tail.oldest_marked(owner)
    assert {str(row.item) for row in marked} == {s.shipment_id for s in shipments}
    assert {row.ended_at for row in marked} == {NOON + timedelta(seconds=1)}
    assert await feed.append(owner, [entry(shipments[0])]) == [None]  # its marker is still there
    assert len(await feed.read(owner, after=0, limit=10)) == 1
    await tail.drop(owner, marked)
    assert await tail.oldest_marked(owner) == []
    [due] = [row for row in await tail.due_owners(NOON) if row.owner == owner]
    await tail.postpone(due, NOON + timedelta(days=1))
    assert owner not in {row.owner for row in await tail.due_owners(NOON)}
