"""Several orders in one message: a process dies half-way, a lock is lost, the message comes twice."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.records import queues
from shared.records.shared_messages import items_in
from shared.storage import keys
from tests.support.pipeline import broker
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Fault

ORDERS = 8
SEND_QUEUES = {Channel.EMAIL: queues.EMAIL_SEND, Channel.SMS: queues.SMS_SEND}


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


async def place(process, channel):
    """Place some orders whose sends share a message; return their shipments."""
    is_email = channel is Channel.EMAIL
    items = []
    for number in range(ORDERS):
        to = Recipient(f"kari{number}@example.no") if is_email else Recipient(None, f"+4790000{number:03}")
        order = OrderRequest(
            OrderType.NOTIFICATION,
            process.world.clock.now(),
            ChannelSchema.EMAIL if is_email else ChannelSchema.SMS,
            (to,),
            email=EmailTemplate("from@example.no", "hei", "hei"),
            sms=SmsTemplate("Anytime", "hei"),
            sending_time_policy=SendingTimePolicy.ANYTIME,
        )
        items.append(parse_id((await process.place("ttd", ChainRequest(order))).shipments[0][0]))
    broker.share(process.world, SEND_QUEUES[channel])
    return items


def sent(world, channel):
    return world.sms_calls if channel is Channel.SMS else world.emails


async def until_death(process, work):
    task, death = asyncio.ensure_future(work), asyncio.ensure_future(process.died.wait())
    await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
    death.cancel()
    task.cancel()
    await asyncio.wait({task})


async def settle(world):
    """Let visits and copies come until nothing is left to do."""
    process = Process(world)
    for _ in range(8):
        await process.carry_out()
        world.clock.at += timedelta(minutes=3)
        await process.release_due()
    await process.carry_out()


async def report_all(world):
    for reference in world.references:
        world.enqueue([w.sms_report(reference, w.SmsResult.DELIVERED, world.clock.now())])
    for operation in world.email_operations:
        world.enqueue([w.email_report(operation, "Delivered")])
    broker.share(world, queues.STATUS_FEED)
    await settle(world)


@pytest.mark.parametrize("channel", Channel)
async def test_sends_of_several_orders_are_one_message(world, channel):
    process = Process(world)
    items = await place(process, channel)
    (message,) = world.messages
    assert len(items_in(message.body)) == ORDERS
    await process.carry_out()
    assert list(sent(world, channel).values()) == [1] * ORDERS
    await report_all(world)
    for item in items:
        assert (await process.orders.load(item)).state.status is OrderStatus.COMPLETED


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("calls", [1, 4, 7, 9])
@pytest.mark.parametrize("fault", [Fault.DIE_BEFORE, Fault.DIE_AFTER])
async def test_process_that_dies_with_a_part_of_the_items_done_loses_and_doubles_none(
    world, channel, calls, fault
):
    process = Process(world)
    items = await place(process, channel)
    (message,) = world.messages
    world.faults = [Fault.NONE] * calls + [fault]
    await until_death(process, process.handle(message))
    assert process.died.is_set()
    await settle(world)  # the message is still there
    await report_all(world)
    for number, count in sent(world, channel).items():
        assert count <= 1 + world.sms_lost_answers[number]
    assert len(sent(world, channel)) == ORDERS
    told = [
        row.row_key
        for row in world.tables.partition(keys.STATUS_FEED, keys.feed_partition("ttd"))
        if row.row_key.startswith("E")
    ]
    assert len(told) == ORDERS
    for item in items:
        assert (await Process(world).orders.load(item)).state.status is OrderStatus.COMPLETED


@pytest.mark.parametrize("channel", Channel)
async def test_message_whose_lock_is_lost_is_handled_by_two_processes_and_sent_once(world, channel):
    await place(Process(world), channel)
    (message,) = world.messages
    await asyncio.gather(Process(world).handle(message), Process(world).handle(message))
    await settle(world)
    assert list(sent(world, channel).values()) == [1] * ORDERS


@pytest.mark.parametrize("channel", Channel)
async def test_message_that_comes_again_does_nothing(world, channel):
    process = Process(world)
    await place(process, channel)
    (message,) = world.messages
    await process.carry_out()
    requests = Counter(sent(world, channel))
    for _ in range(3):
        await Process(world).handle(message)
        await settle(world)
    assert sent(world, channel) == requests


@pytest.mark.parametrize("channel", Channel)
async def test_item_that_fails_comes_again_alone_and_the_others_are_done(world, channel):
    process = Process(world)
    await place(process, channel)
    (message,) = world.messages
    world.faults = [Fault.BEFORE]  # meets the first call of one item, whatever that is
    await process.handle(message)
    broker.completed(world, [message])
    left = [each for each in world.messages if each.queue == message.queue]
    assert len(sent(world, channel)) + len(left) >= ORDERS
    assert all(len(items_in(each.body)) == 1 for each in left)
    await settle(world)
    assert list(sent(world, channel).values()) == [1] * ORDERS
