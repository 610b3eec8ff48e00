"""Placing an order: what is stored and started, what a repeat gets, and storage that fails half way."""

from datetime import timedelta

import pytest

from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Fault

NUMBER = "+4790000001"
HOUR = timedelta(hours=1)


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
