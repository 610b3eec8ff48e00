"""SMS whose answer was lost: when they are sent once more, and when they wait for a report."""

from datetime import timedelta

import pytest

from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import (
    Channel,
)
from shared.domain.sending.provider_limits import Permit
from shared.ports.sending import SendOutcome, SendStatus
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.sms import (
    NUMBER,
    carry_out_next,
    gateway_meets,
    place,
    results,
    until_nothing_is_scheduled,
)
from tests.support.pipeline.world import Fault, Outage


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


async def test_w20_what_is_unclear_after_two_calls_waits_for_a_report_until_its_end(world):
    process = Process(world)
    item = await place(process)
    for _ in range(2):
        gateway_meets(process, Fault.AFTER)
        await carry_out_next(process)
    for _ in range(60):
        world.clock.at += timedelta(hours=1)
        await process.release_due()
        await until_nothing_is_scheduled(process)
    assert world.sms_calls == {NUMBER: 2}
    stored = await process.orders.load(item)
    assert await results(process, item) == [SmsResult.FAILED_TTL]
    assert stored.state.changed_at - stored.order.requested_send_at >= timedelta(hours=48)


async def test_message_in_doubt_is_sent_once_more_after_a_call_that_was_not_made(world):
    process = Process(world)
    item = await place(process)
    for fault in (Fault.AFTER, Fault.BEFORE, Fault.NONE):
        gateway_meets(process, fault)
        await carry_out_next(process)
    assert world.sms_calls == {NUMBER: 2}
    state = (await process.orders.load(item)).state
    assert [n.result for n in state.notifications] == [SmsResult.ACCEPTED]
    assert not state.claims


async def test_message_in_doubt_is_sent_again_minutes_later(world):
    process = Process(world)
    await place(process)
    gateway_meets(process, Fault.AFTER)
    await carry_out_next(process)
    first = world.clock.now()
    while world.sms_calls[NUMBER] < 2:
        await carry_out_next(process)
    assert world.clock.now() - first >= timedelta(minutes=2)


async def test_message_in_doubt_is_not_what_a_gateway_is_probed_with(world):
    process = Process(world)
    item = await place(process)
    world.outages[Channel.SMS] = Outage.TIMEOUT
    start = world.clock.now()
    while world.clock.now() < start + timedelta(hours=10):
        await carry_out_next(process)
    assert world.requests[Channel.SMS] == 1, "only logons without a message may follow"
    del world.outages[Channel.SMS]
    await until_nothing_is_scheduled(process)
    assert world.clock.now() < start + timedelta(hours=10, minutes=35)
    assert await results(process, item) == [SmsResult.ACCEPTED]
    assert world.sms_calls == {NUMBER: 1}


async def test_second_call_waits_until_another_message_got_through(world):
    process = Process(world)
    await place(process)
    gateway_meets(process, Fault.AFTER)
    await carry_out_next(process)
    world.outages[Channel.SMS] = Outage.REFUSED
    other = "+4790000002"
    await place(process, other)
    for _ in range(100):
        await carry_out_next(process)
    assert world.sms_calls == {NUMBER: 1}
    del world.outages[Channel.SMS]
    await until_nothing_is_scheduled(process)
    assert list(world.sms_calls.items()) == [(NUMBER, 2), (other, 1)]


class Permits:
    """Stands in for the limits of the gateway: permits these many calls, one after the other."""

    counts_calls = False

    def __init__(self, *calls):
        self.calls = list(calls)

    async def __call__(self, calls, *, waited):
        return Permit(min(calls, self.calls.pop(0)))

    async def renewed(self, permit, calls):
        return permit

    async def note(self, permit, outcome):
        pass

    async def give_back(self, permit):
        pass

    def not_called(self, permit):
        return SendOutcome(SendStatus.NOT_SENT)

    def return_at(self, at, *, failed):
        return at


NUMBERS = tuple(f"+479000000{n}" for n in range(1, 6))


@pytest.mark.parametrize(
    ("permits", "last_calls", "unclear"),
    [
        # the first call may have reached all five; the second settles three, and two stay in doubt
        ((5, 3, 5), (Fault.NONE, Fault.AFTER), NUMBERS[3:]),
        # two were in doubt before: the others go first, and are not given up for them
        ((2, 3, 5), (Fault.NONE, Fault.AFTER), NUMBERS[:2]),
    ],
)
async def test_doubt_is_counted_for_each_message(world, permits, last_calls, unclear):
    process = Process(world)
    item = await place(process, *NUMBERS)
    process.sms_calls.permits = Permits(*permits)
    for fault in (Fault.AFTER, *last_calls):
        gateway_meets(process, fault)
        await carry_out_next(process)
    await until_nothing_is_scheduled(process)
    found = {n.address: n.result for n in (await process.orders.load(item)).state.notifications}
    assert {number for number, result in found.items() if result is SmsResult.SENDING} == set(unclear)
    assert {number for number, calls in world.sms_calls.items() if calls == 2} >= set(unclear)
    assert set(found.values()) == {SmsResult.SENDING, SmsResult.ACCEPTED}
