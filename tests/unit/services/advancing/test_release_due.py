"""One pass over the agenda: what only waits for its time goes first, and nothing stops what comes after."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.records import queues
from shared.records.agenda_entry import ANY_LANE, agenda_parts
from shared.records.messages import load_wake
from shared.services.advancing.release_due import CHUNK_ROWS
from shared.services.handling.busy_owners import AT_ONCE
from shared.storage import keys
from tests.support.pipeline import world as w
from tests.support.pipeline.agenda import pass_time, place, woken
from tests.support.pipeline.process import Process
from tests.support.virtual_time import run_virtually

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def world():
    return w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))


@pytest.fixture
def process(world):
    return Process(world)


@pytest.mark.parametrize("overdue", [1, 99, 300, CHUNK_ROWS * 2 + 1])
async def test_what_is_due_for_the_first_time_does_not_wait_behind_what_is_overdue(world, process, overdue):
    await place(process, count=overdue)
    timely = await place(process, delay=HOUR, count=3)
    world.messages.clear()
    pass_time(world, 2 * HOUR)
    await process.release_due()
    found = woken(world)
    assert sorted(found[:3]) == sorted(timely)
    assert len(found) == overdue + 3


async def test_a_burst_of_one_owner_leaves_the_queue_of_others_free(world, process):
    greedy = [*await place(process, delay=HOUR, count=500), *await place(process, delay=2 * HOUR, count=500)]
    honest = await place(process, delay=2 * HOUR, count=3, creator="honest")
    world.messages.clear()
    pass_time(world, 3 * HOUR)
    await process.release_due()
    assert sorted(woken(world)) == sorted(greedy + honest)
    common = [str(load_wake(m.body).entry.item) for m in world.messages if m.queue == queues.ORDERS]
    assert set(honest) <= set(common)
    assert len(common) == AT_ONCE + 3


async def test_rows_from_before_owners_were_noted_wake_as_ever(world, process):
    ids = await place(process, delay=HOUR, count=3)
    for row in world.tables.agenda().values():
        del row.columns["Owner"]
    pass_time(world, 2 * HOUR)
    world.messages.clear()
    await process.release_due()
    assert sorted(woken(world)) == sorted(ids)
    assert {m.queue for m in world.messages} == {queues.ORDERS}


def test_what_becomes_due_while_the_queues_are_looked_into_does_not_wait_for_that(monkeypatch):
    async def scenario():
        world = w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))
        process, found = Process(world), []

        async def slow(self, queue):
            world.clock.at = soon
            await asyncio.sleep(9)  # a look may take ten seconds
            found.append(woken(world))

        monkeypatch.setattr("tests.support.pipeline.surroundings.Watch.oldest", slow)
        await place(process)
        timely = await place(process, delay=HOUR)
        soon = world.clock.now() + HOUR + MINUTE
        world.messages.clear()
        pass_time(world, 30 * MINUTE)
        await process.release_due()
        assert found
        assert all(ids == timely for ids in found)

    run_virtually(scenario())


async def test_rows_of_an_earlier_version_are_woken_once_and_then_like_the_others(world, process):
    """They had no lane, whatever became of their shipment, and a nonce that names none."""
    (shipment,) = await place(process)
    world.messages.clear()
    ((key, row),) = world.tables.agenda().items()
    due, _, nonce = agenda_parts(row.row_key)
    old_key = f"{due}|{shipment}|{nonce[1:]}"
    del world.tables.rows[key]
    world.tables.rows[(*key[:2], old_key)] = replace(row, row_key=old_key)
    for visits in (2, 3):
        pass_time(world, HOUR)
        await process.release_due()
        await process.release_due()
        assert woken(world) == [shipment]
        ((_, _, moved),) = world.tables.agenda()
        assert moved[0] == ANY_LANE
        world.messages.clear()
        assert world.tables.agenda()[(*key[:2], moved)].columns["Visits"] == visits


async def test_two_passes_at_the_same_time_wake_with_the_same_messages(world, process):
    await place(process, delay=HOUR, count=3)
    pass_time(world, 2 * HOUR)
    before = dict(world.tables.rows)
    await process.release_due()
    world.tables.rows = before  # as the other pass saw them
    world.clock.at += timedelta(seconds=2)
    await process.release_due()
    ids = [m.message_id for m in world.messages if m.queue == queues.ORDERS]
    assert (len(ids), len(set(ids))) == (6, 3)


async def test_every_visit_wakes_with_a_message_of_its_own(world, process):
    await place(process)
    first = {m.message_id for m in world.messages}
    world.messages.clear()
    ids = []
    for _ in range(6):
        pass_time(world, 7 * HOUR)
        await process.release_due()
        ids += [m.message_id for m in world.messages]
        world.messages.clear()
    assert len(set(ids)) == 6
    assert not first & set(ids)


@pytest.mark.parametrize("timers", [False, True], ids=["nothing runs", "timers run"])
async def test_an_order_past_its_deadline_does_not_wait_for_the_queues(world, process, timers):
    (shipment,) = await place(process)
    for _ in range(6 * 48):
        pass_time(world, 10 * MINUTE)
        if timers:
            await process.release_due()
    assert woken(world) == []
    pass_time(world, 10 * MINUTE)
    await process.release_due()
    assert woken(world) == [shipment]
    await process.handle(next(m for m in world.messages if m.queue == queues.ORDERS))
    assert [m.queue for m in world.messages].count(queues.STATUS_FEED) == 1


async def test_no_shard_waits_for_another(process, monkeypatch):
    agenda = process.release_due.agenda
    real, all_asked = agenda.due, asyncio.Barrier(len(keys.SHARDS))

    async def due(*args):
        await all_asked.wait()
        return await real(*args)

    monkeypatch.setattr(agenda, "due", due)
    async with asyncio.timeout(10):
        assert await process.release_due() == 0


async def test_a_pass_without_work_reads_each_shard_twice_and_sends_nothing(world, process, monkeypatch):
    await place(process, delay=HOUR)
    world.messages.clear()
    store, queries = process.adapters.store, []
    real = store.query

    async def query(table, shard, **more):
        queries.append(shard)
        return await real(table, shard, **more)

    monkeypatch.setattr(store, "query", query)
    assert await process.release_due() == 0
    assert sorted(queries) == sorted([*keys.SHARDS, *keys.SHARDS])
    assert not world.messages


async def test_a_pass_counts_what_it_woke_in_all_shards(world):
    process, count = Process(world), 0
    while len({shard for _, shard, _ in world.tables.agenda()}) < 3:
        await place(process, delay=HOUR, count=2)
        count += 2
    pass_time(world, 2 * HOUR)
    assert await process.release_due() == count
