"""A message that was accepted is known to be, although its row was not written for that."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.notification import EmailResult, Outcome, SmsResult
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
from shared.domain.orders.shipment import Claim
from shared.runtime.run_time import RunTime
from shared.storage import keys
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Fault

DAY = timedelta(days=1)
ACCEPTED = {Channel.EMAIL: EmailResult.SENDING, Channel.SMS: SmsResult.ACCEPTED}
DELIVERED = {Channel.EMAIL: EmailResult.DELIVERED, Channel.SMS: SmsResult.DELIVERED}


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


async def place(process, channel, *, recipients=1, text="hei"):
    is_email = channel is Channel.EMAIL
    order = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now(),
        ChannelSchema.EMAIL if is_email else ChannelSchema.SMS,
        tuple(
            Recipient(f"kari{n}@example.no") if is_email else Recipient(None, f"+4790000{n:03}")
            for n in range(recipients)
        ),
        email=EmailTemplate("from@example.no", "hei", text),
        sms=SmsTemplate("Anytime", text),
        sending_time_policy=SendingTimePolicy.ANYTIME,
        condition_endpoint=None,
    )
    return parse_id((await process.place("ttd", ChainRequest(order))).shipments[0][0])


async def send(process, channel, **options):
    item = await place(process, channel, **options)
    await process.carry_out()
    return item


def notes(world):
    return [
        row
        for (table, _, row_key), row in world.tables.rows.items()
        if table == keys.GATEWAY_REFERENCES and row_key.startswith("=")
    ]


def report(world, channel):
    now = world.clock.now()
    if channel is Channel.SMS:
        return w.sms_report(list(world.references)[-1], SmsResult.DELIVERED, now)
    return w.email_report(list(world.email_operations)[-1], "Delivered")


def claimed(stored, now, seconds=45):
    """Return a row as it is while its SMS is sent."""
    claim = Claim("token", 1, now + timedelta(seconds=seconds), now, {1: 1})
    return replace(stored, state=stored.state.with_claim(Channel.SMS, claim))


def results(stored):
    return [n.result for n in stored.state.notifications]


def counted(process):
    """Count the calls of a process to the outside from now on."""
    calls, reach = [], process.reach

    async def reached():
        calls.append(1)
        return await reach()

    process.reach = reached
    return calls


@pytest.mark.parametrize("channel", Channel)
async def test_acceptance_is_read_with_the_row_which_says_nothing_of_it(world, channel):
    process = Process(world)
    item = await send(process, channel)
    assert (await process.orders.load_as_written(item)).state.unsent(channel)
    other = await Process(world).orders.load(item)
    assert results(other) == [ACCEPTED[channel]]
    assert other.state.notifications[0].reference is not None
    assert not other.state.claims
    assert len(notes(world)) == 1


@pytest.mark.parametrize("channel", Channel)
async def test_report_ends_the_order_in_another_process(world, channel):
    item = await send(Process(world), channel)
    other = Process(world)
    await other.handle(report(world, channel))
    stored = await other.orders.load_as_written(item)
    assert results(stored) == [DELIVERED[channel]]
    assert (stored.state.status, dict(stored.state.claims)) == (OrderStatus.COMPLETED, {})
    assert stored.state.notifications[0].reference is not None


@pytest.mark.parametrize(("channel", "reached"), [(Channel.EMAIL, 2), (Channel.SMS, 2)])
async def test_report_costs_a_read_and_a_write_in_any_process(world, channel, reached):
    await send(Process(world), channel)
    other = Process(world)
    calls = counted(other)
    await other.handle(report(world, channel))
    assert len(calls) == reached + 1, "and the news for the feed"


async def test_report_on_an_sms_whose_row_has_changed_reads_it(world):
    process = Process(world)
    item = await send(process, Channel.SMS)
    stored = await process.orders.load_as_written(item)
    await process.orders.save(stored, replace(stored.state, names={0: "Kari"}))
    await process.handle(report(world, Channel.SMS))
    stored = await process.orders.load_as_written(item)
    assert results(stored) == [SmsResult.DELIVERED]
    assert stored.state.names == {0: "Kari"}, "what was written meanwhile stays"


async def test_report_that_came_before_the_note_is_met(world):
    process = Process(world)
    await place(process, Channel.SMS)
    await process.handle(w.sms_report("ref-0", SmsResult.DELIVERED, world.clock.now()))
    (work,) = (m for m in world.messages if m.queue == "sms-send")
    world.messages.remove(work)
    await process.handle(work)
    item = parse_id(orjson.loads(work.body)["id"])
    assert results(await process.orders.load_as_written(item)) == [SmsResult.DELIVERED]
    assert not notes(world)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("minutes", [0, 3, 10, 70])
async def test_copy_of_the_work_sends_nothing_again(world, channel, minutes):
    process = Process(world)
    await place(process, channel)
    (work,) = world.messages
    await process.carry_out()
    world.clock.at += timedelta(minutes=minutes)
    requests = dict(world.requests)
    world.messages.append(work)
    await Process(world).carry_out()
    sent = world.sms_calls if channel is Channel.SMS else world.emails
    assert list(sent.values()) == [1]
    if minutes > 3 or channel is Channel.SMS:
        assert world.requests == requests, "the provider is not even asked"


async def test_work_forwarded_during_the_call_and_handled_after_it_sends_nothing_again(world):
    """Its copy of the row has the claim but not the note, which changes nothing in the row."""
    sender, other = Process(world), Process(world)
    await place(sender, Channel.SMS)
    (work,) = world.messages
    world.messages.clear()
    world.clock.at += timedelta(minutes=2, seconds=5)
    called, answer, submit = asyncio.Event(), asyncio.Event(), sender.sms_calls.sms_gateway.submit

    async def slow(messages):
        outcomes = await submit(messages)
        called.set()
        await answer.wait()
        return outcomes

    sender.sms_calls.sms_gateway.submit = slow
    sending = asyncio.create_task(sender.handle(work))
    await called.wait()
    await other.release_due()
    (wake,) = world.messages
    world.messages.clear()
    await other.handle(wake)
    answer.set()
    await sending
    assert notes(world)
    assert [message.queue for message in world.messages] == ["sms-send"], "the visit forwarded it again"
    world.clock.at += timedelta(minutes=3)  # the claim has ended
    await other.carry_out()
    assert list(world.sms_calls.values()) == [1]


@pytest.mark.parametrize("channel", Channel)
async def test_first_visit_writes_the_acceptance_into_the_row(world, channel):
    item = await send(Process(world), channel)
    world.clock.at += timedelta(minutes=3)
    visitor = Process(world)
    await visitor.release_due()
    await visitor.carry_out()
    stored = await visitor.orders.load_as_written(item)
    assert results(stored)[0] in (ACCEPTED[channel], EmailResult.SUCCEEDED)
    assert world.requests[channel] == 1


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER, Fault.CONFLICT_AFTER])
async def test_note_that_is_not_known_to_be_written_leaves_it_to_the_row(world, channel, fault):
    process = Process(world)
    item = await place(process, channel)
    calls = 2 if channel is Channel.EMAIL else 3  # the provider's state, the claim of an SMS, the provider
    world.faults = [*[Fault.NONE] * calls, fault]
    await process.carry_out()
    assert results(await process.orders.load_as_written(item)) == [ACCEPTED[channel]]
    await process.handle(report(world, channel))
    assert results(await process.orders.load_as_written(item)) == [DELIVERED[channel]]


@pytest.mark.parametrize("channel", Channel)
async def test_row_of_several_messages_is_written_as_before(world, channel):
    process = Process(world)
    item = await send(process, channel, recipients=3)
    assert results(await process.orders.load_as_written(item)) == [ACCEPTED[channel]] * 3
    assert not notes(world)


async def test_sms_that_was_accepted_without_a_reference_is_left_to_its_row(world):
    process = Process(world)
    item = await place(process, Channel.SMS)
    stored = await process.orders.load_as_written(item)
    now = world.clock.now()
    accepted = {1: Outcome(SmsResult.ACCEPTED, now)}
    assert not await process.orders.acceptances.note(claimed(stored, now), accepted, now)
    assert not notes(world)


@pytest.mark.parametrize(
    ("seconds", "is_noted"), [(45, True), (11, True), (10, False), (0, False), (-9, False)]
)
async def test_claim_outlasts_the_note_under_it(world, seconds, is_noted):
    process = Process(world)
    stored = await process.orders.load_as_written(await place(process, Channel.SMS))
    now = world.clock.now()
    accepted = {1: Outcome(SmsResult.ACCEPTED, now, "r")}
    assert await process.orders.acceptances.note(claimed(stored, now, seconds), accepted, now) == is_noted
    assert len(notes(world)) == is_noted


async def test_copy_of_a_large_row_is_left_out(world):
    process = Process(world)
    text = "".join(chr(0x4E00 + n % 20_000) for n in range(40_000))
    item = await place(process, Channel.SMS)
    stored = await process.orders.load_as_written(item)
    large = replace(stored, order=replace(stored.order, sms=SmsTemplate("Anytime", text)))
    now = world.clock.now()
    accepted = {1: Outcome(SmsResult.ACCEPTED, now, "r")}
    assert await process.orders.acceptances.note(claimed(large, now), accepted, now)
    references = process.sms_calls.gateway_references
    found = await references.find_or_park("r", Outcome(SmsResult.DELIVERED, world.clock.now()))
    assert (found.notification, found.claimed) == (item.of_notification(1), None)


@pytest.mark.parametrize("channel", Channel)
async def test_reading_a_row_costs_no_look_for_a_note_where_there_can_be_none(world, channel):
    process = Process(world)
    item = await send(process, channel)
    await process.handle(report(world, channel))
    calls = counted(process)
    await process.orders.load(item)
    assert len(calls) == 1


async def test_notes_go_when_their_orders_have_been_over_for_long(world):
    process = Process(world)
    for channel in [*Channel] * 120:
        await send(process, channel)
    world.clock.at += 10 * DAY
    await send(process, Channel.SMS)
    assert len(notes(world)) == 241
    purge = process.orders.acceptances.purge_before
    assert await purge(world.clock.now() - 10 * DAY, RunTime(60)) is None, "they may still be open"
    assert len(notes(world)) == 241
    assert await purge(world.clock.now() - DAY, RunTime(60)) is None
    assert len(notes(world)) == 1


async def test_purge_of_notes_says_how_far_it_came(world):
    process = Process(world)
    await send(process, Channel.EMAIL)
    left = await process.orders.acceptances.purge_before(world.clock.now() + 9 * DAY, RunTime(0))
    assert left is not None
    assert left < world.clock.now() + 9 * DAY
    assert len(notes(world)) == 1


async def test_note_of_an_email_is_found_by_one_read_whoever_placed_and_sent_it(world):
    for _ in range(8):  # processes, which differ in the shard of their agenda rows
        item = await place(Process(world), Channel.EMAIL)
        await Process(world).carry_out()
        reader = Process(world)
        calls = counted(reader)
        assert results(await reader.orders.load(item)) == [EmailResult.SENDING]
        assert len(calls) == 2


async def test_note_of_an_sms_is_looked_for_no_further_than_it_is_found(world):
    counts = []
    for _ in range(12):
        item = await send(Process(world), Channel.SMS)
        reader = Process(world)
        calls = counted(reader)
        assert results(await reader.orders.load(item)) == [SmsResult.ACCEPTED]
        counts.append(len(calls))
    assert min(counts) < max(counts) <= 5
