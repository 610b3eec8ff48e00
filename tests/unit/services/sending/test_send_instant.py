"""Instant messages one step at a time; what chance can make of them is searched for in tests/property."""

import asyncio
import threading
from contextlib import suppress
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
    SmsTemplate,
)
from shared.runtime.errors import UnavailableError
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Fault, Outage

NUMBER = "+4790000001"
BEFORE_THE_CALL = [Fault.NONE] * 3  # pauses of the provider, agenda row, order row
HOUR = timedelta(hours=1)


@pytest.fixture
def pauses(monkeypatch):
    taken, sleep, here = [], asyncio.sleep, threading.get_ident()

    async def instantly(seconds, result=None):
        if threading.get_ident() != here:  # a server of other tests runs beside
            return await sleep(seconds, result)
        taken.append(seconds)
        return await sleep(0, result)

    monkeypatch.setattr("asyncio.sleep", instantly)
    return taken


def sms(world, body="Koden er 1"):
    return ChainRequest(
        OrderRequest(
            OrderType.INSTANT,
            world.clock.now(),
            ChannelSchema.SMS,
            (Recipient(mobile_number=NUMBER),),
            sms=SmsTemplate("Anytime", body),
            time_to_live_seconds=300,
        ),
        idempotency_id="kode-1",
    )


def email(world):
    return ChainRequest(
        OrderRequest(
            OrderType.INSTANT,
            world.clock.now(),
            ChannelSchema.EMAIL,
            (Recipient(email_address="kari@example.no"),),
            email=EmailTemplate("noreply@example.no", "Kvittering", "Takk"),
        ),
        idempotency_id="kode-1",
    )


async def stored(process, receipt):
    item = parse_id(receipt.shipments[0][0])
    return await process.orders.load(item)


async def test_message_that_was_sent_costs_two_writes_before_its_call_and_two_after(world):
    process, reached = Process(world), 0
    reach = process.reach

    async def counted():
        nonlocal reached
        reached += 1
        return await reach()

    process.reach = counted
    receipt = await process.send_instant("ttd", sms(world))
    assert receipt.created
    assert world.sms_calls == {NUMBER: 1}
    assert reached == len(["pauses", "agenda", "order", "gateway", "reference", "result"])


async def test_what_was_not_sent_leaves_nothing_about_anybody(world):
    process = Process(world)
    world.faults = [*BEFORE_THE_CALL, Fault.BEFORE]
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", sms(world, "Hemmelig kode"))
    assert not world.tables.agenda()
    (row,) = world.tables.chains().values()
    assert row.columns["Status"] == "Registered"
    assert NUMBER not in str(row.columns)
    assert "Hemmelig" not in str(row.columns)


async def test_next_request_with_the_id_of_a_withdrawn_one_sends_its_own_text(world):
    process = Process(world)
    world.faults = [*BEFORE_THE_CALL, Fault.BEFORE]
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", sms(world, "x" * 100_000))
    world.clock.at += timedelta(minutes=9)
    receipt = await process.send_instant("ttd", sms(world, "Koden er 2"))
    assert receipt.created
    assert world.sms_calls == {NUMBER: 1}
    order = await stored(Process(world), receipt)
    assert order.order.sms.body == "Koden er 2"
    assert order.order.requested_send_at == world.clock.now()


async def test_repeat_with_other_content_gets_the_first_receipt_and_is_told(world):
    process = Process(world)
    first = await process.send_instant("ttd", replace(sms(world), content="a" * 64))
    same = await process.send_instant("ttd", replace(sms(world), content="a" * 64))
    other = await process.send_instant("ttd", replace(sms(world, "Koden er 2"), content="b" * 64))
    assert (same.conflict, other.conflict) == (False, True)
    assert other == replace(first, created=False, conflict=True)
    assert world.sms_calls == {NUMBER: 1}


async def test_withdrawn_message_conflicts_with_nothing(world):
    process = Process(world)
    world.faults = [*BEFORE_THE_CALL, Fault.BEFORE]
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", replace(sms(world), content="a" * 64))
    receipt = await process.send_instant("ttd", replace(sms(world, "Koden er 2"), content="b" * 64))
    assert (receipt.created, receipt.conflict) == (True, False)
    first = await process.send_instant("ttd", replace(sms(world), content="a" * 64))
    assert (first.created, first.conflict) == (False, True)


async def test_withdrawal_is_tried_again_when_storage_fails(world, pauses):
    process = Process(world)
    world.faults = [*BEFORE_THE_CALL, Fault.BEFORE, Fault.BEFORE, Fault.BEFORE]
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", sms(world))
    (row,) = world.tables.chains().values()
    assert row.columns["Status"] == "Registered"
    assert (await process.send_instant("ttd", sms(world))).created


@pytest.mark.parametrize("lost", [Fault.AFTER, Fault.DIE_BEFORE, Fault.DIE_AFTER])
async def test_message_in_doubt_is_accepted_and_never_sent_again(world, pauses, lost):
    dying = Process(world)
    world.faults = [*BEFORE_THE_CALL, lost]
    first = asyncio.create_task(dying.send_instant("ttd", sms(world)))
    await asyncio.wait({first, asyncio.create_task(dying.died.wait())}, return_when=asyncio.FIRST_COMPLETED)
    called = world.sms_calls[NUMBER]
    process = Process(world)
    if not first.done():  # died: for as long as the claim lasts, nobody can know
        with pytest.raises(UnavailableError):
            await process.send_instant("ttd", sms(world))
        first.cancel()
    world.real_time.at += timedelta(minutes=1)
    receipt = await process.send_instant("ttd", sms(world))
    assert not receipt.created
    assert world.sms_calls[NUMBER] == called
    order = await stored(process, receipt)
    assert [n.result.value for n in order.state.notifications] == ["Sending"]


async def test_duplicate_of_a_running_request_waits_five_seconds_at_most(world, pauses):
    dead = Process(world)
    world.faults = [*BEFORE_THE_CALL, Fault.DIE_BEFORE]
    first = asyncio.create_task(dead.send_instant("ttd", sms(world)))
    await dead.died.wait()
    pauses.clear()
    with pytest.raises(UnavailableError):
        await Process(world).send_instant("ttd", sms(world))
    assert sum(pauses) == pytest.approx(5.0)
    first.cancel()


async def test_call_is_not_begun_when_storage_took_too_long(world, monkeypatch):
    process = Process(world)
    insert = process.orders.insert

    async def slowly(*rows):
        etags = await insert(*rows)
        world.real_time.at += timedelta(seconds=11)
        return etags

    monkeypatch.setattr(process.orders, "insert", slowly)
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", sms(world))
    assert world.sms_calls == {}


async def test_id_used_again_for_the_other_channel_gets_the_first_receipt_and_a_warning(world, caplog):
    process = Process(world)
    first = await process.send_instant("ttd", sms(world))
    again = await process.send_instant("ttd", email(world))
    assert again.shipments == first.shipments
    assert not again.created
    assert world.emails == {}
    assert "another channel" in caplog.text
    assert "kode-1" not in caplog.text


async def test_email_that_the_provider_cannot_take_now_is_withdrawn(world):
    process = Process(world)
    world.faults = [*BEFORE_THE_CALL, Fault.CONFLICT_AFTER]  # the provider is full
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", email(world))
    (row,) = world.tables.chains().values()
    assert row.columns["Status"] == "Registered", row
    world.clock.at += timedelta(seconds=30)
    assert (await process.send_instant("ttd", email(world))).created
    assert list(world.emails.values()) == [1]


async def test_provider_that_asked_for_a_pause_is_left_alone(world):
    process = Process(world)
    world.faults = [*BEFORE_THE_CALL, Fault.CONFLICT_AFTER]  # full, for 30 seconds
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", email(world))
    world.clock.at += timedelta(seconds=29)
    for waiting in (process, Process(world)):  # other processes know of it too
        with pytest.raises(UnavailableError):
            await waiting.send_instant("ttd", email(world))
    assert world.emails == {}


async def test_repeat_of_what_was_sent_is_answered_during_a_pause(world):
    process = Process(world)
    first = await process.send_instant("ttd", email(world))
    world.outages[Channel.EMAIL] = Outage.FULL
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", replace(email(world), idempotency_id="kode-2"))
    again = await process.send_instant("ttd", email(world))
    assert (again.shipments, again.created) == (first.shipments, False)


async def test_limit_counts_instant_messages_too(world):
    world.provider_limit = 3
    process, sent = Process(world), []
    for number in range(12):
        request = replace(email(world), idempotency_id=f"kode-{number}")
        with suppress(UnavailableError):
            await process.send_instant("ttd", request)
            sent.append(number)
        world.clock.at += timedelta(seconds=10)
    assert sent
    assert world.emails.total() == len(sent) <= 6  # of two minutes


async def grow_old(process, *, hours):
    for _ in range(hours):
        process.world.clock.at += HOUR
        process.world.real_time.at += HOUR
        await process.release_due()
        await process.carry_out()


async def test_instant_order_that_could_not_be_withdrawn_ends_and_is_purged(world):
    process = Process(world)
    send_instant = replace(process.send_instant, withdraw_pauses=(0.0, 0.0, 0.0))
    world.faults = [
        *BEFORE_THE_CALL,
        Fault.BEFORE,
        *[Fault.BEFORE] * 4,
    ]  # gateway, its breaker, three withdrawals
    with pytest.raises(UnavailableError):
        await send_instant("ttd", sms(world))
    assert not world.faults
    assert world.tables.agenda(), "nobody would ever look at it again"
    await grow_old(process, hours=72)
    (order,) = world.tables.chains().values()
    assert order.columns["Status"] == "Completed"
    assert not world.tables.agenda()
    assert not world.sms_calls
