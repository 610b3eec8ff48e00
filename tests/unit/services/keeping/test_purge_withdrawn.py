"""What is left of instant messages that were never sent goes; what was sent under the same id stays."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.ports.tables import RowOperationError
from shared.runtime.errors import ConflictError, TransientError, UnavailableError
from shared.runtime.run_time import RunTime
from shared.services.keeping.purge_withdrawn import PurgeWithdrawn
from shared.storage import keys
from shared.storage.orders import OrderTable
from shared.storage.senders_references import SendersReferences
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store
from tests.support.pipeline.world import Fault, VirtualClock, World, start_of_day

NUMBER = "+4790000001"
NOT_SENT = [Fault.NONE] * 3 + [Fault.BEFORE]  # pauses, agenda row, order row, the call
DAY = timedelta(days=1)
KEEP = timedelta(days=90)


@pytest.fixture
def world():
    return World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))


def sms(world, number=1):
    order = OrderRequest(
        OrderType.INSTANT,
        world.clock.now(),
        ChannelSchema.SMS,
        (Recipient(mobile_number=NUMBER),),
        senders_reference="sak 1",
        sms=SmsTemplate("Anytime", "Koden er 1"),
        time_to_live_seconds=300,
    )
    return ChainRequest(order, idempotency_id=f"kode-{number}")


async def fail(world, number=1):
    world.faults = list(NOT_SENT)
    with pytest.raises(UnavailableError):
        await Process(world).send_instant("ttd", sms(world, number))
    assert world.sms_calls[NUMBER] == 0
    del world.tables.rows[(keys.PROVIDER_STATES, "sms", "state")]  # the gateway is well again


def purge(world):
    store = Store(Process(world))
    withdrawn = PurgeWithdrawn(
        orders=OrderTable(store), senders_references=SendersReferences(store, IdMaker(b"0" * 32))
    )
    return withdrawn(world.clock.now() - KEEP, RunTime(60))


def left(world):
    """Return the rows of orders, and those of the index without and with the list of withdrawn ones."""
    rows = list(world.tables.rows)
    orders = world.tables.chains()
    listed = [row for row in rows if row[0] == keys.WITHDRAWN_ORDERS]
    return len(orders), len(world.tables.index()), len(listed)


def grow(world, by):
    world.clock.at += by
    world.real_time.at += by


async def test_everything_that_was_withdrawn_goes_in_its_time(world):
    for number in range(250):
        await fail(world, number)
    grow(world, KEEP)
    await fail(world, 1000)
    await purge(world)
    assert left(world) == (251, 251, 251)
    grow(world, DAY)
    await purge(world)
    assert left(world) == (1, 1, 1)
    grow(world, KEEP)
    await purge(world)
    assert left(world) == (0, 0, 0)


async def test_purge_without_reference(world):
    request = sms(world)
    request = replace(request, main=replace(request.main, senders_reference=None))
    world.faults = [Fault.NONE] * 3 + [Fault.BEFORE]
    with pytest.raises(UnavailableError):
        await Process(world).send_instant("ttd", request)
    grow(world, KEEP + DAY)
    await purge(world)
    assert left(world) == (0, 0, 0)


async def test_message_sent_under_the_id_of_a_withdrawn_one_stays(world):
    await fail(world)
    grow(world, DAY)
    receipt = await Process(world).send_instant("ttd", sms(world))
    assert receipt.created
    assert left(world) == (1, 2, 1)
    grow(world, KEEP)
    await purge(world)
    assert left(world) == (1, 1, 0)
    again = await Process(world).send_instant("ttd", sms(world))
    assert (again.created, again.shipments) == (False, receipt.shipments)
    assert world.sms_calls == {NUMBER: 1}


async def test_try_that_died_before_it_was_withdrawn_is_an_order_like_any_other(world):
    """The list is written first, so that nothing is left that it does not lead to."""
    told = [Fault.NONE]  # the others, of the failure
    world.faults = [*NOT_SENT, *told, Fault.NONE, Fault.BEFORE, Fault.NONE, Fault.NONE]
    world.faults += [Fault.BEFORE] * 20  # listed, but not withdrawn
    with pytest.raises(UnavailableError):
        await Process(world).send_instant("ttd", sms(world))
    world.faults = []
    assert left(world) == (1, 1, 1)
    grow(world, KEEP + DAY)
    await purge(world)
    assert left(world) == (1, 1, 0)


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER, Fault.CONFLICT_AFTER])
@pytest.mark.parametrize("position", range(6))
async def test_purge_that_was_interrupted_is_finished_by_the_next(world, fault, position):
    await fail(world)
    grow(world, KEEP + DAY)
    world.faults = [Fault.NONE] * position + [fault]
    with suppress(ConflictError, TransientError, RowOperationError):
        await purge(world)
    world.faults = []
    await purge(world)
    assert left(world) == (0, 0, 0)


async def test_order_that_is_claimed_during_the_purge_stays(world, monkeypatch):
    await fail(world)
    grow(world, KEEP + DAY)
    load, receipts = OrderTable.load, []

    async def claim_meanwhile(table, item):
        stored = await load(table, item)
        monkeypatch.setattr(OrderTable, "load", load)
        receipts.append(await Process(world).send_instant("ttd", sms(world)))
        return stored

    monkeypatch.setattr(OrderTable, "load", claim_meanwhile)
    await purge(world)
    assert [receipt.created for receipt in receipts] == [True]
    assert left(world) == (1, 1, 0)
    assert not (await Process(world).send_instant("ttd", sms(world))).created
    assert world.sms_calls == {NUMBER: 1}


def spoil(world, table, **columns):
    """Make the first row of a table unreadable and return its key."""
    key, row = next((key, row) for key, row in world.tables.rows.items() if key[0] == table)
    world.tables.rows[key] = replace(row, columns=row.columns | columns)
    return key


def set_aside(caplog):
    """Return how often it was logged that something cannot be purged."""
    return len([record for record in caplog.records if record.levelname == "ERROR"])


@pytest.mark.parametrize("count", [1, 5, 130])
async def test_an_order_that_nobody_can_read_is_set_aside_and_stops_no_other(world, caplog, count):
    for number in range(count + 4):
        await fail(world, number)
    for row in list(world.tables.chains())[:count]:
        world.tables.rows[row] = replace(world.tables.rows[row], columns={"State": "{", "Creator": "ttd"})
    grow(world, KEEP + DAY)
    for _ in range(3):
        await purge(world)
    assert left(world) == (count, count, count)
    assert set_aside(caplog) == count
    aside = [row for table, _, row in world.tables.rows if table == keys.WITHDRAWN_ORDERS]
    assert all(row.startswith(keys.UNREADABLE) for row in aside)


async def test_a_row_of_the_list_that_nobody_can_read_is_set_aside_as_it_is(world, caplog):
    for number in range(3):
        await fail(world, number)
    key = next(key for key in world.tables.rows if key[0] == keys.WITHDRAWN_ORDERS)
    row = world.tables.rows.pop(key)
    bad = row.row_key.rpartition("|")[0] + "|nobody"
    world.tables.rows[(*key[:2], bad)] = replace(row, row_key=bad)
    grow(world, KEEP + DAY)
    for _ in range(3):
        await purge(world)
    assert left(world) == (1, 1, 1)
    assert set_aside(caplog) == 1
    assert world.tables.rows[(*key[:2], keys.UNREADABLE + bad)].columns == row.columns
