"""Rows that nobody can read, or shipments that cannot be purged, stop no other and are not met again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey
from shared.ports.tables import RowOperationError
from shared.records.messages import FeedNews, load_feed_news
from shared.runtime.errors import TransientError
from shared.storage import keys
from shared.storage.feed.feed_pack import marked_in
from tests.support.pipeline.feeds import feed_entries
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import (
    CONTENT_RETENTION,
    METADATA_RETENTION,
    VirtualClock,
    World,
    email_report,
    start_of_day,
)

COUNT = 50  # more than one look at the old end of a feed shows
SECRET = "hemmelig"


@pytest.fixture
def world():
    return World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))


async def closed(world, owner, count=COUNT, *, packed=True):
    """Let orders of an owner end and return their ids; their entries lie in one pack, or in a row each."""
    process, ids = Process(world), []
    for number in range(count):
        order = OrderRequest(
            OrderType.NOTIFICATION,
            world.clock.now(),
            ChannelSchema.EMAIL,
            (Recipient(email_address=f"p{number}@example.no"),),
            email=EmailTemplate("from@example.com", SECRET, SECRET),
        )
        receipt = await process.place(owner, ChainRequest(order))
        ids.append(receipt.shipments[0][0])
    while world.messages:
        await process.handle(world.messages.pop(0))
    for operation in world.email_operations:
        await process.handle(email_report(operation, "Delivered"))
    while world.messages and not packed:
        await process.handle(world.messages.pop(0))
    news = [load_feed_news(message.body) for message in world.messages]
    world.messages.clear()
    assert await process.append_feed(news) == [None] * len(news)
    return ids


def feed(world, owner, kind):
    partition = keys.feed_partition(owner)
    return [row for row in world.tables.partition(keys.STATUS_FEED, partition) if row.row_key[0] == kind]


def marked(world, owner):
    return [shipment_id for row in feed(world, owner, keys.FEED_MARKER) for shipment_id in marked_in(row)]


def order_row(shipment_id):
    item = parse_id(shipment_id)
    return (keys.ORDERS, keys.shard_of(item), keys.shipment_row(item))


def has_content(world, shipment_id):
    row = world.tables.rows.get(order_row(shipment_id))
    return row is not None and SECRET.encode() in bytes(row.columns["Body"])


def grow(world, by):
    world.clock.at += by
    world.real_time.at += by


@pytest.mark.parametrize("which", [[0], [0, 1, 7, 49], range(45)], ids=["one", "some", "most"])
@pytest.mark.parametrize("packed", [True, False])
async def test_an_order_that_nobody_can_read_stops_no_other(world, caplog, which, packed):
    ids = await closed(world, "ttd", packed=packed)
    others = await closed(world, "skd", 3)
    bad = [ids[number] for number in which]
    for shipment_id in bad:
        key = order_row(shipment_id)
        world.tables.rows[key] = replace(
            world.tables.rows[key], columns=world.tables.rows[key].columns | {"State": "{"}
        )
    grow(world, CONTENT_RETENTION + timedelta(days=1))
    caplog.clear()
    await Process(world).purge()
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == len(bad)
    assert SECRET not in caplog.text
    assert [i for i in (*ids, *others) if has_content(world, i)] == bad
    assert len(feed(world, "ttd", keys.UNREADABLE[0])) == len(bad)
    assert not feed(world, "ttd", keys.FEED_ENTRY)
    assert sorted(marked(world, "ttd")) == sorted(ids), "a repeat would not be recognised"
    for times in (1, 0, 0):
        caplog.clear()
        grow(world, METADATA_RETENTION)
        await Process(world).purge()
        errors = [record for record in caplog.records if record.levelname == "ERROR"]
        assert len(errors) == times * len(bad), (
            "it is met once more, when the rest of it is due, and not again"
        )
    assert not feed(world, "ttd", keys.FEED_MARKER)
    assert [i for i in ids if order_row(i) in world.tables.rows] == bad
    assert len(feed(world, "ttd", keys.UNREADABLE[0])) == 2 * len(bad)


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("packed", [True, False])
async def test_what_was_set_aside_can_be_repaired_and_moved_back(world, which, packed):
    ids = await closed(world, "ttd", 3, packed=packed)
    numbers = {entry.closed.shipment_id: entry.sequence for entry in feed_entries(world.tables)}
    key = order_row(ids[which])
    good = world.tables.rows[key]
    world.tables.rows[key] = replace(good, columns=good.columns | {"State": "{"})
    grow(world, CONTENT_RETENTION + timedelta(days=1))
    await Process(world).purge()
    world.tables.rows[key] = good
    (aside,) = feed(world, "ttd", keys.UNREADABLE[0])
    old_key = aside.row_key.removeprefix(keys.UNREADABLE)
    world.tables.rows.pop((keys.STATUS_FEED, aside.partition_key, aside.row_key))
    world.tables.rows[(keys.STATUS_FEED, aside.partition_key, old_key)] = replace(aside, row_key=old_key)
    [entry] = await Process(world).append_feed.feed.read("ttd", after=0, limit=9)
    assert (entry.closed.shipment_id, entry.sequence) == (ids[which], numbers[ids[which]])
    grow(world, CONTENT_RETENTION)
    await Process(world).purge()
    assert not any(has_content(world, i) for i in ids)
    assert not feed(world, "ttd", keys.FEED_ENTRY)


@pytest.mark.parametrize("spoiled", [{"Body": b"\x01{"}, {"Body": "text"}, {"Body": b"\x05jx"}], ids=str)
@pytest.mark.parametrize("count", [1, 42])
async def test_an_entry_that_nobody_can_read_is_set_aside_as_it_is(world, caplog, spoiled, count):
    ids = await closed(world, "ttd", packed=False)
    rows = feed(world, "ttd", keys.FEED_ENTRY)[:count]
    for row in rows:
        key = (keys.STATUS_FEED, row.partition_key, row.row_key)
        world.tables.rows[key] = replace(row, columns=row.columns | spoiled)
    grow(world, CONTENT_RETENTION + timedelta(days=1))
    await Process(world).purge()
    aside = feed(world, "ttd", keys.UNREADABLE[0])
    assert [row.row_key for row in aside] == [keys.UNREADABLE + row.row_key for row in rows]
    assert all(row.columns["Body"] == spoiled["Body"] for row in aside)
    assert len([i for i in ids if has_content(world, i)]) == count
    assert not feed(world, "ttd", keys.FEED_ENTRY)


async def test_a_pack_goes_as_its_shipments_get_old(world):
    ids = []
    process, news = Process(world), []
    for _ in range(3):
        ids += await closed(world, "skd", 2)
        entries = feed_entries(world.tables, owner="skd")[-2:]
        for row in feed(world, "skd", keys.FEED_ENTRY):
            del world.tables.rows[(keys.STATUS_FEED, row.partition_key, row.row_key)]
        news += [FeedNews(each.closed.item, "ttd", AgendaKey("00", "r"), each.closed) for each in entries]
        grow(world, timedelta(days=1))
    assert await process.append_feed(news) == [None] * 6
    assert len(feed(world, "ttd", keys.FEED_ENTRY)) == 1
    world.clock.at += CONTENT_RETENTION - timedelta(days=3, minutes=1)
    for left in (6, 4, 2, 0):
        await Process(world).purge()
        entries = feed_entries(world.tables, owner="ttd")
        assert [entry.sequence for entry in entries] == [*range(7 - left, 7)]
        assert {entry.closed.shipment_id for entry in entries} == set(ids[6 - left :])
        stored = b"".join(v for row in feed(world, "ttd", "E") for v in row.columns.values())
        assert len(stored) < 1000 * left + 1
        world.clock.at += timedelta(days=1)


async def test_what_may_pass_is_not_set_aside(world, monkeypatch):
    ids = await closed(world, "ttd", 5)
    process = Process(world)
    load = process.orders.load

    async def slow(item):
        if str(item) == ids[2]:
            raise TransientError("slow")
        return await load(item)

    monkeypatch.setattr(process.orders, "load", slow)
    grow(world, CONTENT_RETENTION + timedelta(days=1))
    await process.purge()
    assert not feed(world, "ttd", keys.UNREADABLE[0])
    assert [i for i in ids if has_content(world, i)] == [ids[2]]
    monkeypatch.undo()
    await process.purge()
    assert not any(has_content(world, i) for i in ids)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), TransientError("slow"), RowOperationError(0, 412)])
@pytest.mark.parametrize("which", range(6))
async def test_a_part_that_fails_stops_no_other_and_is_told(world, monkeypatch, caplog, which, error):
    ids = await closed(world, "ttd", 3)
    process, ran = Process(world), []
    parts = [*process.purge.others, process.purge.feed_tail.drop_days]

    def failing(number):
        async def part(*arguments):
            ran.append(number)
            if number == which:
                raise error
            return await parts[number](*arguments)

        return part

    monkeypatch.setattr(process.purge.feed_tail, "drop_days", failing(5))
    process.purge = replace(process.purge, others=tuple(map(failing, range(5))))
    grow(world, CONTENT_RETENTION + timedelta(days=1))
    caplog.clear()
    if isinstance(error, RuntimeError):
        with pytest.raises(RuntimeError):
            await process.purge()
    else:
        await process.purge()
    told = [record.levelname for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert told[0] == ("ERROR" if isinstance(error, RuntimeError) else "WARNING")
    assert set(ran) == set(range(6))
    assert not any(has_content(world, i) for i in ids)


async def test_an_owner_whose_row_nobody_can_read_stops_no_other(world, caplog):
    await closed(world, "skd", 1)
    ids = await closed(world, "ttd", 1)
    key = (keys.STATUS_FEED, keys.FEED_OWNERS, keys.feed_partition("skd"))
    world.tables.rows[key] = replace(world.tables.rows[key], columns={"Owner": "skd"})
    grow(world, CONTENT_RETENTION + timedelta(days=1))
    await Process(world).purge()
    assert not has_content(world, ids[0])
    assert [record.levelname for record in caplog.records].count("ERROR") == 1
