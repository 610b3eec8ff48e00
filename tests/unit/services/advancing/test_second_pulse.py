"""The pulse that does not depend on timers: it comes every minute, once, whatever is lost."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.records import queues
from shared.runtime.errors import TransientError
from shared.services.advancing import second_pulse
from shared.services.advancing.second_pulse import EVERY, LATE, SecondPulse
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Sender

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def pulse_of(process):
    return SecondPulse(release_due=process.release_due, sender=Sender(process), clock=process.world.clock)


def pulses(world):
    return [m for m in world.messages if m.queue == queues.PULSE]


async def place(process, delay):
    order = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now() + delay,
        ChannelSchema.EMAIL,
        (Recipient(email_address="kari@example.no"),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
    )
    await process.place("ttd", ChainRequest(order))


async def run(process, pulse, span, *, timers):
    """Let time pass in steps of ten seconds, deliver each message once, duplicates of an id never."""
    world, seen = process.world, set()
    for _ in range(int(span / (10 * SECOND))):
        world.clock.at += 10 * SECOND
        world.real_time.at += 10 * SECOND
        if timers:
            await process.release_due()
        for message in world.active():
            world.messages.remove(message)
            if message.message_id in seen:
                continue
            seen.add(message.message_id)
            await (pulse() if message.queue == queues.PULSE else process.handle(message))


@pytest.mark.parametrize("delay", [timedelta(0), MINUTE, timedelta(hours=3)], ids=str)
async def test_orders_leave_although_timers_never_run(world, delay):
    process = Process(world)
    pulse = pulse_of(process)
    pulse.touch()
    await place(process, delay)
    if not delay:
        world.messages = pulses(world)  # the hand-over was lost
    await run(process, pulse, delay + 5 * MINUTE, timers=False)
    assert sum(world.emails.values()) == 1


async def test_while_timers_run_it_finds_nothing_to_do(world, monkeypatch):
    process = Process(world)
    pulse, released = pulse_of(process), []
    real = process.release_due.__call__

    async def counted(*, late):
        assert late == LATE
        released.append(await real(late=late))
        return released[-1]

    pulse.release_due = counted
    pulse.touch()
    for minutes in range(12):
        await place(process, minutes * MINUTE)
    await run(process, pulse, 20 * MINUTE, timers=True)
    assert sum(world.emails.values()) == 12
    assert 19 <= len(released) <= 21
    assert not any(released)


@pytest.mark.parametrize("processes", [1, 5])
async def test_however_many_send_it_it_comes_once_a_minute(world, monkeypatch, processes):
    now = 0.0
    monkeypatch.setattr(second_pulse.time, "monotonic", lambda: now)
    pulsing = [pulse_of(Process(world)) for _ in range(processes)]
    handled = []
    known = set()
    for step in range(60 * 10):
        now = float(step)
        world.clock.at = w.start_of_day() + 17 * SECOND + step * SECOND
        for pulse in pulsing:
            pulse.touch()
        await asyncio.gather(*(pulse.sending for pulse in pulsing))
        for message in world.active():
            world.messages.remove(message)
            if message.message_id not in known:
                known.add(message.message_id)
                handled.append(message.active_from)
                await pulsing[step % processes]()
    assert handled == [w.start_of_day() + minute * MINUTE for minute in range(1, 11)]


async def test_it_comes_back_after_its_queue_was_wiped(world, monkeypatch):
    now = 0.0
    monkeypatch.setattr(second_pulse.time, "monotonic", lambda: now)
    process = Process(world)
    pulse = pulse_of(process)
    pulse.touch()
    await pulse.sending
    world.messages.clear()
    now += EVERY.total_seconds() - 1
    pulse.touch()
    await pulse.sending
    assert not pulses(world), "once a minute is enough"
    now += 1
    pulse.touch()
    await pulse.sending
    assert len(pulses(world)) == 1


@pytest.mark.parametrize("offset", [-29, -5, -0.001, 0, 0.001, 5, 29])
async def test_clocks_that_differ_do_not_break_the_chain(world, offset):
    """Service Bus hands the pulse of a minute out when its own clock says so."""
    pulse = pulse_of(Process(world))
    minute = datetime(2031, 3, 3, 9, 5, tzinfo=UTC)
    world.clock.at = minute + timedelta(seconds=offset)
    await pulse()
    (following,) = pulses(world)
    assert following.scheduled_at == minute + EVERY


@pytest.mark.parametrize("error", [TransientError("slow"), RuntimeError("a bug")], ids=repr)
async def test_a_pass_that_fails_does_not_end_the_pulse_and_is_not_repeated_at_once(world, caplog, error):
    async def failing(*, late):
        raise error

    process = Process(world)
    pulse = SecondPulse(release_due=failing, sender=Sender(process), clock=world.clock)
    await pulse()
    assert len(pulses(world)) == 1
    assert "could not be worked through" in caplog.text


async def test_what_is_late_is_woken_although_no_pulse_can_be_sent(world, monkeypatch):
    process = Process(world)
    await place(process, MINUTE)
    pulse = pulse_of(process)

    class Down:
        async def send(self, message, *, deadline):
            raise TransientError("down")

    pulse.sender = Down()
    world.clock.at += 3 * MINUTE
    await pulse()
    assert [m.queue for m in world.messages] == [queues.ORDERS]
