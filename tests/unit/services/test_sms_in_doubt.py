"""What becomes of SMS when several things go wrong in a row, and in more than one process."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.notification import Outcome, SmsResult
from shared.domain.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.slots import Permit
from shared.errors import TransientError
from shared.ids import parse_id
from tests.property import world as w
from tests.property.process import Process
from tests.property.world import Fault

NUMBER = "+4790000001"


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


async def place(process, *numbers):
    order = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now(),
        ChannelSchema.SMS,
        tuple(Recipient(mobile_number=number) for number in numbers or (NUMBER,)),
        sms=SmsTemplate("Anytime", "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )
    receipt = await process.place("ttd", ChainRequest(order))
    item = parse_id(receipt.shipments[0][0])
    assert item is not None
    return item


async def carry_out_next(process):
    world = process.world
    message = min(world.messages, key=lambda m: m.scheduled_at or world.clock.now())
    world.messages.remove(message)
    world.clock.at = max(world.clock.at, message.scheduled_at or world.clock.at)
    await process.handle(message)


@pytest.fixture
def gateway_meets(monkeypatch):
    """Let the next call of a process to the gateway meet a fault."""

    def arm(process, fault):
        gateway = process.send_sms._gateway
        submit = type(gateway).submit

        async def once(messages):
            process.world.faults = [fault]
            return await submit(gateway, messages)

        monkeypatch.setattr(gateway, "submit", once)

    return arm


@pytest.mark.parametrize("between", [1, 2])
async def test_call_that_was_not_made_does_not_make_earlier_ones_forgotten(world, gateway_meets, between):
    process = Process(world)
    item = await place(process)
    for fault in [Fault.AFTER, *[Fault.BEFORE] * between, Fault.AFTER]:
        gateway_meets(process, fault)
        await carry_out_next(process)
    assert world.sms_calls == {NUMBER: 2}
    await carry_out_next(process)
    assert world.sms_calls == {NUMBER: 2}
    stored = await process.orders.load(item)
    assert [n.result for n in stored.state.notifications] == [SmsResult.FAILED]


async def test_message_in_doubt_is_sent_once_more_after_a_call_that_was_not_made(world, gateway_meets):
    process = Process(world)
    item = await place(process)
    for fault in (Fault.AFTER, Fault.BEFORE, Fault.NONE):
        gateway_meets(process, fault)
        await carry_out_next(process)
    assert world.sms_calls == {NUMBER: 2}
    state = (await process.orders.load(item)).state
    assert [n.result for n in state.notifications] == [SmsResult.ACCEPTED]
    assert not state.claims


class Permits:
    """Stands in for the limits of the gateway: permits these many calls, one after the other."""

    def __init__(self, *calls):
        self.calls = list(calls)

    async def __call__(self, calls, *, waited):
        return Permit(min(calls, self.calls.pop(0)))

    async def hold(self, permit, calls=1):
        return None

    def return_at(self, at):
        return at


NUMBERS = tuple(f"+479000000{n}" for n in range(1, 6))


@pytest.mark.parametrize(
    ("permits", "last_calls", "failed"),
    [
        # the first call may have reached all five; the second settles three, and two stay in doubt
        ((5, 3, 5), (Fault.NONE, Fault.AFTER), NUMBERS[3:]),
        # two were in doubt before: the others are not given up for them
        ((2, 5, 5), (Fault.AFTER, Fault.NONE), NUMBERS[:2]),
    ],
)
async def test_doubt_is_counted_for_each_message(world, gateway_meets, permits, last_calls, failed):
    process = Process(world)
    item = await place(process, *NUMBERS)
    process.send_sms._pace = Permits(*permits)
    for fault in (Fault.AFTER, *last_calls):
        gateway_meets(process, fault)
        await carry_out_next(process)
    while world.messages:
        await carry_out_next(process)
    assert world.sms_calls == dict.fromkeys(NUMBERS, 2)
    results = {n.address: n.result for n in (await process.orders.load(item)).state.notifications}
    assert {number for number, result in results.items() if result is SmsResult.FAILED} == set(failed)
    assert set(results.values()) == {SmsResult.FAILED, SmsResult.ACCEPTED}


async def test_late_record_leaves_the_claim_of_whoever_took_over(world, gateway_meets):
    late, other = Process(world), Process(world)
    item = await place(late)
    work, called = world.messages[0], asyncio.Event()
    answer = asyncio.Event()
    submit = late.send_sms._gateway.submit

    async def slow(messages):
        world.faults = [Fault.BEFORE]
        outcomes = await submit(messages)
        called.set()
        await answer.wait()
        return outcomes

    late.send_sms._gateway.submit = slow
    sending = asyncio.create_task(late.handle(work))
    await called.wait()
    world.clock.at += timedelta(minutes=2)
    gateway_meets(other, Fault.AFTER)
    await other.handle(work)
    claim = (await other.orders.load(item)).state.claims[Channel.SMS]
    answer.set()
    await sending
    assert (await other.orders.load(item)).state.claims == {Channel.SMS: claim}


async def test_report_is_met_although_its_reference_could_not_be_registered(world, monkeypatch):
    sender, other = Process(world), Process(world)
    item = await place(sender)

    async def lost(*args, **kwargs):
        raise TransientError("lost")

    with monkeypatch.context() as broken:
        broken.setattr(sender.send_sms._references._groups, "apply", lost)
        await carry_out_next(sender)
    (reference,) = world.references
    await other.handle(w.sms_report(reference, SmsResult.DELIVERED, world.clock.now()))
    assert [n.result for n in (await other.orders.load(item)).state.notifications] == [SmsResult.ACCEPTED]
    await carry_out_next(other)
    assert [n.result for n in (await other.orders.load(item)).state.notifications] == [SmsResult.DELIVERED]
    later = Outcome(SmsResult.DELIVERED, world.clock.now())
    assert await Process(world).record_report._references.find_or_park(
        reference, later
    ) == item.of_notification(1)
