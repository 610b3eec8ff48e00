"""Sends and reports meet whichever comes first; a report that nobody asks for goes in the end."""

from datetime import timedelta

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.notification import Outcome, SmsResult
from shared.ports.tables import RowOperationError
from shared.runtime.errors import TransientError
from shared.runtime.run_time import RunTime
from shared.storage import keys
from shared.storage.gateway_references import GatewayReferences
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store

DAY = timedelta(days=1)
AT = w.start_of_day()
DELIVERED = Outcome(SmsResult.DELIVERED, AT)
NOTIFICATION = IdMaker(b"0" * 32).random_chain().of_shipment(1).of_notification(1)


@pytest.fixture
def world():
    return w.World(w.VirtualClock(AT), w.VirtualClock(AT))


@pytest.fixture
def store(world):
    return Store(Process(world))


@pytest.fixture
def references(store):
    return GatewayReferences(store)


def stored(world):
    return [
        row.row_key
        for (table, _, _), row in sorted(world.tables.rows.items())
        if table == keys.GATEWAY_REFERENCES
    ]


async def test_report_nobody_asks_for_goes_when_it_is_too_old(world, references):
    for number in range(500):
        assert await references.find_or_park(f"old-{number}", DELIVERED) is None
    await references.find_or_park("young", Outcome(SmsResult.DELIVERED, AT + 2 * DAY))
    await references.register("sent", NOTIFICATION)
    await references.purge_parked(AT + DAY, RunTime(60))
    assert set(stored(world)) == {"young", "sent", keys.parked_key(AT + 2 * DAY, "young")}
    assert await references.register("young", NOTIFICATION) == [Outcome(SmsResult.DELIVERED, AT + 2 * DAY)]


async def test_report_of_a_sent_message_is_not_listed_any_more(world, references):
    await references.find_or_park("one", DELIVERED)
    await references.find_or_park("one", Outcome(SmsResult.ACCEPTED, AT + DAY))
    assert len(await references.register("one", NOTIFICATION)) == 2
    await references.purge_parked(AT + 100 * DAY, RunTime(60))
    assert stored(world) == ["one"]
    assert (await references.find_or_park("one", DELIVERED)).notification == NOTIFICATION
    await references.remove(["one"])
    assert stored(world) == []


async def test_late_report_on_a_purged_message_goes_too(world, references):
    await references.register("one", NOTIFICATION)
    await references.remove(["one"])
    assert await references.find_or_park("one", DELIVERED) is None
    await references.purge_parked(AT + DAY, RunTime(60))
    assert stored(world) == []


async def test_list_loses_reports_that_were_removed_with_their_reference(world, references):
    for number in range(60):
        await references.find_or_park(f"gone-{number}", DELIVERED)
    await references.remove([f"gone-{number}" for number in range(60)])
    await references.find_or_park("late", DELIVERED)
    await references.purge_parked(AT + DAY, RunTime(60))
    assert stored(world) == []


@pytest.mark.parametrize("fault", [w.Fault.AFTER, w.Fault.BEFORE, w.Fault.CONFLICT_AFTER])
@pytest.mark.parametrize("position", range(4))
async def test_what_was_interrupted_is_finished(world, references, fault, position):
    async def insist(work, *arguments):
        while True:
            try:
                return await work(*arguments)
            except (TransientError, RowOperationError):
                assert not world.faults, "failed twice"

    await references.find_or_park("late", DELIVERED)
    world.faults = [*[w.Fault.NONE] * position, fault]
    await insist(references.find_or_park, "one", DELIVERED)
    assert DELIVERED in await insist(references.register, "one", NOTIFICATION)
    await insist(references.purge_parked, AT + DAY, RunTime(60))
    world.faults = []
    await references.purge_parked(AT + DAY, RunTime(60))
    assert stored(world) == ["one"]


async def test_message_registered_while_its_report_is_deleted_is_not_lost(
    world, store, references, monkeypatch
):
    """The two meet in the list: whoever takes the report off it first decides."""
    await references.find_or_park("one", DELIVERED)
    other = GatewayReferences(Store(Process(world)))
    query = store.query

    async def register_meanwhile(*arguments, **named):
        rows = await query(*arguments, **named)
        if rows:
            assert await other.register("one", NOTIFICATION) == [DELIVERED]
        return rows

    monkeypatch.setattr(store, "query", register_meanwhile)
    await references.purge_parked(AT + DAY, RunTime(60))
    assert stored(world) == ["one"]
    assert (await references.find_or_park("one", DELIVERED)).notification == NOTIFICATION


async def test_report_deleted_while_its_message_is_registered_leaves_it(
    world, store, references, monkeypatch
):
    await references.find_or_park("one", DELIVERED)
    other = GatewayReferences(Store(Process(world)))
    get = store.get

    async def purge_meanwhile(*arguments, **named):
        row = await get(*arguments, **named)
        await other.purge_parked(AT + DAY, RunTime(60))
        return row

    monkeypatch.setattr(store, "get", purge_meanwhile)
    assert await references.register("one", NOTIFICATION) == []
    assert stored(world) == ["one"]
