"""What one message of a send queue comes to: in outages, beside others that always fail, and its cost."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.sending.provider_limits import Permit
from shared.ports.sending import SendOutcome, SendStatus
from shared.services.sending.permit_calls import PermitCalls
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.providers import Email, Gateway
from tests.support.pipeline.world import Outage

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


def address(channel, number):
    return f"kari{number}@example.no" if channel is Channel.EMAIL else f"+479900{number:04}"


async def place(process, channel, *numbers):
    is_email = channel is Channel.EMAIL
    order = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now(),
        ChannelSchema.EMAIL if is_email else ChannelSchema.SMS,
        tuple(
            Recipient(address(channel, number)) if is_email else Recipient(None, address(channel, number))
            for number in numbers
        ),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate("Anytime", "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )
    return parse_id((await process.place("ttd", ChainRequest(order))).shipments[0][0])


async def pass_time(process, span):
    """Deliver what is due within this time, in order."""
    world = process.world
    end = world.clock.now() + span
    while due := [m for m in world.messages if (m.scheduled_at or world.clock.now()) <= end]:
        message = min(due, key=lambda m: m.scheduled_at or world.clock.now())
        world.messages.remove(message)
        world.clock.at = max(world.clock.at, message.scheduled_at or world.clock.at)
        await process.handle(message)
    world.clock.at = end


def sent(world, channel):
    return world.sms_calls if channel is Channel.SMS else world.emails


async def waits(process, item, channel):
    return (await process.orders.load(item)).state.waits.get(channel)


@pytest.mark.parametrize(("channel", "refusal"), [(Channel.EMAIL, Email), (Channel.SMS, Gateway)])
async def test_one_message_that_always_fails_keeps_no_other_away(world, monkeypatch, channel, refusal):
    process = Process(world)
    name = "send" if channel is Channel.EMAIL else "submit"
    call = getattr(refusal, name)

    async def fails_for_one(self, asked):
        messages = [asked] if channel is Channel.EMAIL else asked
        if address(channel, 0) in [message.to for message in messages]:
            failed = SendOutcome(SendStatus.NOT_SENT)
            return failed if channel is Channel.EMAIL else [failed]
        return await call(self, asked)

    monkeypatch.setattr(refusal, name, fails_for_one)
    await place(process, channel, 0)
    for number in range(1, 60):
        await place(process, channel, number)
        await pass_time(process, MINUTE)
        assert sent(world, channel).total() == number
    await pass_time(process, timedelta(hours=40))
    monkeypatch.undo()
    await pass_time(process, MINUTE * 16)
    assert list(sent(world, channel).values()) == [1] * 60


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("outage", Outage)
async def test_a_page_in_an_outage_risks_one_of_its_messages_at_a_time(world, channel, outage):
    process = Process(world)
    world.outages[channel] = Outage.REFUSED
    await place(process, channel, 0)
    await pass_time(process, MINUTE)
    world.outages[channel] = outage
    world.sms_lost_answers.clear()
    await place(process, channel, *range(1, 101))
    await pass_time(process, timedelta(hours=10))
    in_doubt = world.sms_lost_answers
    assert set(in_doubt.values()) <= {1}
    assert in_doubt.total() <= 50
    del world.outages[channel]
    await pass_time(process, timedelta(minutes=40))
    assert list(sent(world, channel).values()) == [1] * 101


async def test_emails_of_a_page_that_were_sent_are_recorded_when_others_get_no_slot(world, monkeypatch):
    process, asked = Process(world), 0
    item = await place(process, Channel.EMAIL, *range(5))

    async def for_three(self, permit, calls):
        nonlocal asked
        asked += 1
        return permit if asked <= 3 else Permit(0)

    with monkeypatch.context() as broken:
        broken.setattr(PermitCalls, "renewed", for_three)
        await pass_time(process, timedelta(0))
    found = [n.result.value for n in (await process.orders.load(item)).state.notifications]
    assert Counter(found) == {"Sending": 3, "New": 2}
    await pass_time(process, MINUTE)
    assert list(world.emails.values()) == [1] * 5


@pytest.mark.parametrize(
    ("channel", "reached"),
    [
        (Channel.EMAIL, ["pauses", "provider", "note"]),
        (Channel.SMS, ["pauses", "claim", "gateway", "note with the reference"]),
    ],
)
async def test_message_that_is_sent_at_once_costs_no_call_that_it_can_do_without(world, channel, reached):
    process, calls = Process(world), 0
    await place(process, channel, 1)
    reach = process.reach

    async def counted():
        nonlocal calls
        calls += 1
        return await reach()

    process.reach = counted
    await pass_time(process, timedelta(0))
    assert sent(world, channel).total() == 1
    assert calls == len(reached)


@pytest.mark.parametrize("channel", Channel)
async def test_row_knows_until_when_its_work_waits(world, channel):
    process = Process(world)
    world.outages[channel] = Outage.REFUSED
    item = await place(process, channel, 1)
    doubles = list(world.messages)
    await pass_time(process, timedelta(0))
    (copy,) = world.messages
    assert await waits(process, item, channel) == copy.scheduled_at
    world.messages += doubles * 9
    requests = world.requests[channel]
    await pass_time(process, timedelta(seconds=9))
    assert world.requests[channel] <= requests + 3, "a double knows an older row, but the provider is paused"
    requests = world.requests[channel]
    world.messages += [replace(copy, scheduled_at=None)] * 3
    await pass_time(process, timedelta(0))
    assert world.requests[channel] <= requests + 1
    del world.outages[channel]
    await pass_time(process, MINUTE)
    assert list(sent(world, channel).values()) == [1]
    assert not world.messages


@pytest.mark.parametrize("channel", Channel)
async def test_nothing_is_scheduled_beyond_the_end_of_a_message(world, channel):
    process = Process(world)
    world.outages[channel] = Outage.REFUSED
    await place(process, channel, 1)
    end = world.clock.now() + timedelta(hours=48)
    while world.messages:
        assert all((message.scheduled_at or world.clock.now()) < end for message in world.messages)
        await pass_time(process, MINUTE * 15)
    assert world.clock.now() >= end - MINUTE * 31
