"""What the gateway is told of an SMS, and what becomes of it when several things go wrong in a row."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.orders.notification import Outcome, SmsResult
from shared.domain.orders.order import (
    Channel,
    SmsTemplate,
)
from shared.domain.sending.provider_limits import Permit
from shared.ports.sending import SendOutcome, SendStatus
from shared.runtime.errors import TransientError
from shared.services.sending.permit_calls import PermitCalls
from shared.services.sending.send_sms import compose_sms
from shared.storage import keys
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
from tests.support.pipeline.surroundings import Store
from tests.support.pipeline.world import Fault

ON_THE_WAY = timedelta(milliseconds=40)  # what a request takes until it reaches the gateway


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


@pytest.fixture
def claim_meets():
    """Carry out work until a claim meets a fault, and the look whether it was stored fails, too."""

    async def carry_out(process, fault):
        store, met = process.adapters.store, []

        async def once(table, partition_key, operations):
            merge = operations[0]
            if (
                table == keys.ORDERS
                and store.tables.rows[table, partition_key, merge.row_key].etag == merge.etag
            ):
                del store.transact
                met.append(fault)
                process.world.faults = [fault, Fault.BEFORE]
            return await Store.transact(store, table, partition_key, operations)

        store.transact = once
        while not met:
            await carry_out_next(process)

    return carry_out


@pytest.mark.parametrize("between", [1, 2, 20])
async def test_call_that_was_not_made_does_not_make_earlier_ones_forgotten(world, between):
    process = Process(world)
    item = await place(process)
    for fault in [Fault.AFTER, *[Fault.BEFORE] * between, Fault.AFTER]:
        gateway_meets(process, fault)
        await carry_out_next(process)
    assert world.sms_calls == {NUMBER: 2}
    await until_nothing_is_scheduled(process)
    assert world.sms_calls == {NUMBER: 2}
    assert await results(process, item) == [SmsResult.SENDING]


@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER])
async def test_claim_that_could_not_be_stored_counts_as_no_call(world, claim_meets, fault, times):
    process = Process(world)
    item = await place(process)
    for _ in range(times):
        await claim_meets(process, fault)
        assert not world.sms_calls
    await until_nothing_is_scheduled(process)
    assert world.sms_calls == {NUMBER: 1}
    assert await results(process, item) == [SmsResult.ACCEPTED]


async def test_message_in_doubt_is_sent_once_more_after_claims_that_could_not_be_stored(world, claim_meets):
    process = Process(world)
    item = await place(process)
    gateway_meets(process, Fault.AFTER)
    await carry_out_next(process)
    for _ in range(3):
        await claim_meets(process, Fault.AFTER)
    await until_nothing_is_scheduled(process)
    assert world.sms_calls == {NUMBER: 2}
    assert await results(process, item) == [SmsResult.ACCEPTED]


async def test_calls_that_failed_while_storage_was_away_are_not_counted(world):
    process = Process(world)
    numbers = [f"+479000000{number}" for number in range(1, 4)]
    item = await place(process, *numbers)
    for _ in range(3):
        gateway = process.sms_calls.sms_gateway

        async def fails(messages, gateway=gateway):
            del gateway.submit
            world.storage_down = True
            return [SendOutcome(SendStatus.NOT_SENT)] * len(messages)

        gateway.submit = fails
        await carry_out_next(process)
        world.storage_down = False
    await until_nothing_is_scheduled(process)
    assert world.sms_calls == dict.fromkeys(numbers, 1)
    assert await results(process, item) == [SmsResult.ACCEPTED] * 3


async def test_late_record_leaves_the_claim_of_whoever_took_over(world):
    late, other = Process(world), Process(world)
    item = await place(late)
    work, called = world.messages[0], asyncio.Event()
    answer = asyncio.Event()
    submit = late.sms_calls.sms_gateway.submit

    async def slow(messages):
        world.faults = [Fault.BEFORE]
        outcomes = await submit(messages)
        called.set()
        await answer.wait()
        return outcomes

    late.sms_calls.sms_gateway.submit = slow
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

    async def unknown(*args):
        return False

    with monkeypatch.context() as broken:
        broken.setattr(sender.orders.acceptances, "note", unknown)
        broken.setattr(sender.sms_calls.gateway_references, "register", lost)
        await carry_out_next(sender)
    (reference,) = world.references
    await other.handle(w.sms_report(reference, SmsResult.DELIVERED, world.clock.now()))
    assert [n.result for n in (await other.orders.load(item)).state.notifications] == [SmsResult.ACCEPTED]
    await carry_out_next(other)
    assert [n.result for n in (await other.orders.load(item)).state.notifications] == [SmsResult.DELIVERED]
    later = Outcome(SmsResult.DELIVERED, world.clock.now())
    found = await other.app.handle_messages.record_report.gateway_references.find_or_park(reference, later)
    assert found.notification == item.of_notification(1)


@pytest.mark.parametrize("times", [1, 3])
async def test_turn_that_could_not_be_renewed_after_the_claim_is_no_call(world, monkeypatch, times):
    world.provider_limit = 10
    process = Process(world)
    item = await place(process)
    save = process.orders.save

    async def slowly(*args):
        saved = await save(*args)
        world.clock.at += timedelta(seconds=5)  # the permission is too old by now
        return saved

    async def lost(*args):
        raise TransientError("lost")

    for _ in range(times):
        with monkeypatch.context() as broken:
            broken.setattr(process.orders, "save", slowly)
            broken.setattr(PermitCalls, "__call__", permit_once_then(world, lost))
            await carry_out_next(process)
        assert not (await process.orders.load(item)).state.claims
    await until_nothing_is_scheduled(process)
    assert world.sms_calls == {NUMBER: 1}


def permit_once_then(world, fail):
    """Permit one call, for a moment, and fail after that."""
    permitted = []

    async def ask(self, calls, *, waited):
        if permitted:
            return await fail()
        permitted.append(calls)
        return Permit(calls, world.clock.now() + timedelta(seconds=1))

    return ask


@pytest.mark.parametrize(
    ("lifetime", "minutes"), [(1, 1), (60, 1), (89, 1), (90, 2), (150, 3), (210, 4), (172_800, 2880)]
)
def test_lifetime_is_rounded_to_whole_minutes_halves_up(lifetime: int, minutes: int) -> None:
    left = timedelta(seconds=lifetime) - ON_THE_WAY
    assert compose_sms(SmsTemplate("Altinn", "hei"), "+4790000001", left).ttl_minutes == minutes
