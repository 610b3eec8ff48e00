"""Storage that fails half way: nothing is forgotten, repeated without end, or refused although stored."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.runtime.errors import ThrottledError, TransientError, UnavailableError
from shared.services.advancing.release_due import CHUNK_ROWS
from shared.storage import keys
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Fault

NUMBER = "+4790000001"
HOUR = timedelta(hours=1)
OF_A_CHUNK = 2 * CHUNK_ROWS // 100  # transactions: a move is two operations


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


@pytest.fixture
def process(world):
    return Process(world)


def sms(at, number=NUMBER):
    return OrderRequest(
        OrderType.NOTIFICATION,
        at,
        ChannelSchema.SMS,
        (Recipient(mobile_number=number),),
        sms=SmsTemplate("Anytime", "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )


def code(world):
    order = OrderRequest(
        OrderType.INSTANT,
        world.clock.now(),
        ChannelSchema.SMS,
        (Recipient(mobile_number=NUMBER),),
        sms=SmsTemplate("Anytime", "Koden er 1"),
        time_to_live_seconds=300,
    )
    return ChainRequest(order, idempotency_id="kode-1")


def rows(world, table):
    return [row for (of, _, _), row in world.tables.rows.items() if of == table]


async def carry_out(process):
    world = process.world
    while due := [m for m in world.messages if m.scheduled_at is None or m.scheduled_at <= world.clock.now()]:
        world.messages.remove(due[0])
        await process.handle(due[0])


async def grow_old(process, *, hours):
    for _ in range(hours):
        process.world.clock.at += HOUR
        await process.release_due()
        await carry_out(process)


async def test_stored_order_is_accepted_when_neither_queue_nor_agenda_can_be_told_to_start_it(process, world):
    world.faults = [Fault.NONE, Fault.NONE, Fault.BEFORE, Fault.BEFORE]  # agenda, order, queue, agenda
    receipt = await process.place("ttd", ChainRequest(sms(world.clock.now())))
    assert receipt.created
    assert not world.faults
    await grow_old(process, hours=1)
    assert world.sms_calls == {NUMBER: 1}


async def test_shipments_whose_rows_cannot_be_moved_are_woken_once_a_pass(process, world, monkeypatch):
    for n in range(CHUNK_ROWS + 1):
        order = sms(world.clock.now() + HOUR, f"+4790{n:06}")
        await process.place("ttd", ChainRequest(order))
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


async def test_instant_order_that_could_not_be_withdrawn_ends_and_is_purged(process, world):
    send_instant = replace(process.send_instant, withdraw_pauses=(0.0, 0.0, 0.0))
    world.faults = [
        *[Fault.NONE] * 3,
        Fault.BEFORE,
        *[Fault.BEFORE] * 4,
    ]  # gateway, its breaker, three withdrawals
    with pytest.raises(UnavailableError):
        await send_instant("ttd", code(world))
    assert not world.faults
    assert rows(world, keys.AGENDA), "nobody would ever look at it again"
    await grow_old(process, hours=72)
    (order,) = rows(world, keys.ORDERS)
    assert order.columns["Status"] == "Completed"
    assert not rows(world, keys.AGENDA)
    assert not world.sms_calls


async def test_feed_whose_storage_does_not_answer_is_left_for_later_soon(process, world, monkeypatch):
    await process.place("ttd", ChainRequest(sms(world.clock.now())))
    await carry_out(process)
    world.messages += [
        w.sms_report(reference, SmsResult.DELIVERED, world.clock.now()) for reference in world.references
    ]
    asked = 0

    transact = process.adapters.store.transact

    async def lost(table, *args):
        nonlocal asked
        if table != keys.STATUS_FEED:
            return await transact(table, *args)
        asked += 1
        raise TransientError("no answer in half a minute")

    with monkeypatch.context() as broken:
        broken.setattr(process.adapters.store, "transact", lost)
        await carry_out(process)
    assert 1 < asked <= 3
    await grow_old(process, hours=1)
    assert len([row for row in rows(world, keys.STATUS_FEED) if row.row_key.startswith("E")]) == 1
