"""Rows of the agenda that nobody can read, and shards and queues that fail: none of them stops the others."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.ports.tables import Insert
from shared.records.agenda_entry import ANY_LANE, agenda_parts
from shared.runtime.errors import PermanentError, ThrottledError, TransientError
from shared.services.advancing.release_due import CHUNK_ROWS
from shared.storage import keys
from tests.support.pipeline import world as w
from tests.support.pipeline.agenda import pass_time, place, woken
from tests.support.pipeline.process import Process

HOUR = timedelta(hours=1)
OF_A_CHUNK = 2 * CHUNK_ROWS // 100  # transactions: a move is two operations


@pytest.fixture
def world():
    return w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))


@pytest.fixture
def process(world):
    return Process(world)


@pytest.mark.parametrize("overdue", [3, 300])
async def test_what_is_due_for_the_first_time_goes_even_if_the_queues_cannot_be_asked(
    world, process, monkeypatch, overdue
):
    async def down(self, queue):
        raise TransientError("cannot be looked into")

    monkeypatch.setattr("tests.support.pipeline.surroundings.Watch.oldest", down)
    await place(process, count=overdue)
    timely = await place(process, delay=HOUR, count=3)
    world.messages.clear()
    pass_time(world, 2 * HOUR)
    await process.release_due()
    assert sorted(woken(world)) == sorted(timely)


async def test_orders_past_their_deadline_are_closed_even_if_the_queues_cannot_be_asked(
    world, process, monkeypatch, caplog
):
    async def down(self, queue):
        raise TransientError("cannot be looked into")

    monkeypatch.setattr("tests.support.pipeline.surroundings.Watch.oldest", down)
    (shipment,) = await place(process)
    world.messages.clear()
    pass_time(world, timedelta(hours=48))
    await process.release_due()
    assert woken(world) == []
    assert "left for the next pass" in caplog.text
    pass_time(world, HOUR)
    await process.release_due()
    assert woken(world) == [shipment]


async def test_what_was_lost_is_found_even_if_nobody_may_look_into_the_queues(
    world, process, monkeypatch, caplog
):
    async def refused(self, queue):
        raise PermanentError("may not be looked into")

    monkeypatch.setattr("tests.support.pipeline.surroundings.Watch.oldest", refused)
    (shipment,) = await place(process)
    world.messages.clear()
    pass_time(world, HOUR)
    await process.release_due()
    assert woken(world) == [shipment]
    assert "queues cannot be looked into" in caplog.text


def bad_keys(row_key):
    due, shipment, nonce = agenda_parts(row_key)
    return [
        f"{due}|{shipment}",
        f"{due}|not-a-shipment|{nonce}",
        "!",
        f"{ANY_LANE}{due}|{shipment}",
        f"E{due}||{nonce}",
        "S",
    ]


@pytest.mark.parametrize("number", range(6))
async def test_a_row_that_nobody_can_read_is_set_aside_and_stops_nobody(world, process, caplog, number):
    shipments = await place(process, delay=HOUR, count=2) + await place(process, count=2)
    world.messages.clear()
    good = next(iter(world.tables.agenda().values()))
    bad = bad_keys(good.row_key)[number]
    for shard in keys.SHARDS:
        world.tables.apply(keys.ORDERS, shard, [Insert(bad, dict(good.columns))])
    pass_time(world, 2 * HOUR)
    with caplog.at_level(logging.ERROR):
        await process.release_due()
    assert sorted(woken(world)) == sorted(shipments)
    assert len(caplog.records) == len(keys.SHARDS) if bad != "S" else not caplog.records
    caplog.clear()
    pass_time(world, HOUR)
    with caplog.at_level(logging.ERROR):
        await process.release_due()
    assert not caplog.records, "it is met again"
    kept = [key for _, _, key in world.tables.agenda() if key.endswith(bad)]
    assert len(kept) == len(keys.SHARDS)


@pytest.mark.parametrize(
    "bad",
    [
        {"Visits": "many"},
        {"Deadline": "tomorrow"},
        {"Deadline": "2031-03-05T10:00:00"},
        {"WrittenAt": "early"},
        {"Visits": None},
        {"Deadline": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("delay", [timedelta(0), HOUR], ids=["under way", "timely"])
async def test_a_row_with_unreadable_columns_is_set_aside_as_it_is(world, process, caplog, bad, delay):
    (shipment,) = await place(process, delay=delay)
    others = await place(process, delay=delay, count=3)
    world.messages.clear()
    key, row = next((key, row) for key, row in world.tables.agenda().items() if shipment in key[2])
    columns = {name: value for name, value in (row.columns | bad).items() if value is not None}
    world.tables.rows[key] = replace(row, columns=columns)
    pass_time(world, 2 * HOUR)
    with caplog.at_level(logging.ERROR):
        await process.release_due()
    assert sorted(woken(world)) == sorted(others)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    (aside,) = (row for key, row in world.tables.agenda().items() if key[2].startswith(keys.UNREADABLE))
    assert (aside.row_key, aside.columns) == (keys.UNREADABLE + row.row_key, columns)


@pytest.mark.parametrize(
    "error", [TransientError("slow"), PermanentError("refused"), RuntimeError("a bug")], ids=repr
)
@pytest.mark.parametrize("method", ["due", "is_under_way", "move_all"])
async def test_a_shard_that_fails_stops_no_other(world, monkeypatch, error, method):
    process = Process(world)
    while len({shard for _, shard, _ in world.tables.agenda()}) < 3:
        await place(process, delay=HOUR)
        await place(process)
    world.messages.clear()
    pass_time(world, 2 * HOUR)
    failed, *others = [shard for _, shard, _ in world.tables.agenda()]
    agenda = process.release_due.agenda
    real = getattr(agenda, method)

    async def failing(shard, *more):
        if shard == failed:
            raise error
        return await real(shard, *more)

    monkeypatch.setattr(agenda, method, failing)
    if isinstance(error, RuntimeError):
        with pytest.raises(RuntimeError):  # so that the platform counts it
            await process.release_due()
    else:
        await process.release_due()
    assert len(woken(world)) >= sum(shard != failed for shard in others)


async def test_shipments_whose_rows_cannot_be_moved_are_woken_once_a_pass(process, world, monkeypatch):
    monkeypatch.setattr("shared.storage.agenda.shard_of", lambda _: keys.SHARDS[0])
    for _ in range(CHUNK_ROWS + 1):
        await place(process, delay=HOUR)
    world.clock.at += 2 * HOUR
    asked = 0

    async def busy(*args):
        nonlocal asked
        asked += 1
        if asked > OF_A_CHUNK:
            pytest.fail("a second try in the same pass")
        raise ThrottledError("table storage is busy", 5)

    monkeypatch.setattr(process.adapters.store, "transact", busy)
    await process.release_due()
    assert len(world.messages) == CHUNK_ROWS
    assert asked == OF_A_CHUNK
