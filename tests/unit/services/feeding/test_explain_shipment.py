"""What is told of a shipment at every turn of its way, as the use cases of production bring it there."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.contracts.trace.language import Language
from shared.contracts.trace.sentences import summary
from shared.domain.orders.condition import ConditionPolicy, WhenInconclusive
from shared.domain.orders.ids import parse_id
from shared.domain.orders.notification import SmsResult
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
from shared.domain.trace.events import EventKind as K
from shared.domain.trace.standing import Next, Step
from shared.records import queues
from shared.records.event_codec import dump_events
from shared.records.shipment_rows import state_columns
from shared.runtime.errors import ShipmentNotFoundError
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Outage

MINUTE = timedelta(minutes=1)
EVENING = timedelta(hours=10)  # 20:00 in Oslo


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


@pytest.fixture
def process(world):
    return Process(world)


def order(world, channel=Channel.SMS, *recipients, **changes):
    is_sms = channel is Channel.SMS
    request = OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        ChannelSchema.SMS if is_sms else ChannelSchema.EMAIL,
        recipients or (Recipient(None, "+4790000001") if is_sms else Recipient("kari@example.no"),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate("Daytime", "hei"),
        sending_time_policy=SendingTimePolicy.DAYTIME,
    )
    return replace(request, **changes)


async def place(process, request):
    receipt = await process.place("ttd", ChainRequest(request))
    await process.carry_out()
    return receipt.shipments[0][0]


async def explain(process, shipment_id, creator="ttd"):
    return await process.app.explain_shipment(creator, shipment_id)


async def said(process, shipment_id):
    explained = await explain(process, shipment_id)
    return summary(explained.standing, explained.now, Language.ENGLISH)


async def kinds(process, shipment_id):
    return [event.kind for event in (await explain(process, shipment_id)).events.kept]


async def report(process, result=SmsResult.DELIVERED, reference="ref-0"):
    process.world.enqueue([w.sms_report(reference, result, process.world.clock.now())])
    await process.carry_out()


async def test_an_sms_that_was_delivered_has_its_whole_way(process):
    """Its acceptance stands beside the row, and its report wrote the row without it."""
    shipment_id = await place(process, order(process.world))
    assert await said(process, shipment_id) == "Given to the SMS provider at 10:00; no report yet."
    process.world.clock.at += MINUTE
    await report(process)
    assert await said(process, shipment_id) == "Delivered at 10:01."
    assert await kinds(process, shipment_id) == [
        K.ACCEPTED, K.FORWARDED, K.ATTEMPT, K.ANSWERED, K.REPORTED, K.CLOSED,
    ]  # fmt: skip
    assert (await explain(process, shipment_id)).standing.next is None


async def test_an_email_that_was_delivered_has_its_whole_way(process):
    shipment_id = await place(process, order(process.world, Channel.EMAIL))
    assert await said(process, shipment_id) == "Given to the e-mail provider at 10:00; no report yet."
    explained = await explain(process, shipment_id)
    assert explained.standing.next == Next(Step.ASK_PROVIDER, explained.now + 5 * MINUTE)
    operation_id = str(parse_id(shipment_id).of_notification(1))
    process.world.clock.at += MINUTE
    process.world.enqueue([w.email_report(operation_id, "Delivered")])
    await process.carry_out()
    assert await said(process, shipment_id) == "Delivered at 10:01."
    assert await kinds(process, shipment_id) == [K.ACCEPTED, K.FORWARDED, K.ANSWERED, K.REPORTED, K.CLOSED]


async def test_an_sms_of_the_evening_is_held_and_then_leaves(process):
    process.world.clock.at += EVENING
    shipment_id = await place(process, order(process.world))
    # every order has its place in the ten minutes after the opening
    assert re.fullmatch(
        r"Held for the SMS window until 09:(0\d|10) on 4 March \(Oslo\)\.", await said(process, shipment_id)
    )
    standing = (await explain(process, shipment_id)).standing
    assert standing.next.step is Step.LEAVE
    assert standing.next.at == standing.groups[0].until
    await process.pass_hours(14)
    assert (await said(process, shipment_id)).startswith("Given to the SMS provider at")
    assert (await kinds(process, shipment_id))[:3] == [K.ACCEPTED, K.HELD, K.FORWARDED]


async def test_an_order_of_tomorrow_waits_for_its_time(process):
    at = process.world.clock.now() + timedelta(days=1)
    shipment_id = await place(process, order(process.world, requested_send_at=at))
    assert await said(process, shipment_id) == "Waiting for its send time, 10:00 on 4 March (Oslo)."
    assert (await explain(process, shipment_id)).standing.next == Next(Step.BEGIN, at)
    await process.cancel_order("ttd", shipment_id)
    assert await said(process, shipment_id) == "Not sent: cancelled at 10:00."
    assert await kinds(process, shipment_id) == [K.ACCEPTED, K.CANCELLED]


async def test_a_condition_that_answered_no_is_the_reason(process):
    process.world.condition = w.NOT_MET
    shipment_id = await place(process, order(process.world, condition_endpoint="https://x.example/c"))
    assert await said(process, shipment_id) == "Not sent: your condition answered no at 10:00."
    assert await kinds(process, shipment_id) == [
        K.ACCEPTED, K.CONDITION_ASKED, K.CONDITION_ANSWERED, K.CLOSED,
    ]  # fmt: skip


async def test_a_condition_without_a_clear_answer_is_asked_again_and_stops_the_order(world):
    world.condition = w.INCONCLUSIVE
    world.conditions = ConditionPolicy(2, MINUTE, WhenInconclusive.STOP)
    process = Process(world)
    shipment_id = await place(process, order(world, condition_endpoint="https://x.example/c"))
    sentence = await said(process, shipment_id)
    assert sentence == (
        "Waiting for your condition, which gave no clear answer at 10:00 and is asked again at 10:01."
    )
    world.clock.at += 2 * MINUTE
    await process.release_due()
    await process.carry_out()
    assert (
        await said(process, shipment_id)
        == "Not sent: your condition gave no clear answer, the last time at 10:02."
    )


async def test_a_reserved_person_is_named_as_the_reason(process):
    person = Recipient(national_identity_number="01017000009")
    shipment_id = await place(process, order(process.world, Channel.SMS, person))
    assert (
        await said(process, shipment_id)
        == "Not sent: the person has reserved themselves against digital contact."
    )
    (lookup,) = [e for e in (await explain(process, shipment_id)).events.kept if e.kind is K.LOOKED_UP]
    assert (lookup.count, lookup.reserved) == (1, 1)


async def test_registers_that_cannot_be_asked_are_named(process):
    at = process.world.clock.now() + 30 * MINUTE
    person = Recipient(national_identity_number="01017000001")
    shipment_id = await place(process, order(process.world, Channel.SMS, person, requested_send_at=at))
    process.world.registers_down = True
    await process.pass_hours(1)
    assert (await said(process, shipment_id)).startswith(
        "Waiting for the registers, which could not be asked at 11:00 and are asked again at"
    )
    assert K.LOOKUP_FAILED in await kinds(process, shipment_id)


@pytest.mark.parametrize(
    ("outage", "kind", "begins"),
    [
        (Outage.REFUSED, K.PUT_OFF, "Waiting, because the SMS provider could not take it at 10:00"),
        (Outage.FULL, K.THROTTLED, "Waiting, because the SMS provider takes no more now"),
        (Outage.TIMEOUT, K.IN_DOUBT, "In doubt: the answer of the SMS provider was lost at 10:00"),
    ],
)
async def test_a_provider_in_trouble_is_named(process, outage, kind, begins):
    process.world.outages[Channel.SMS] = outage
    shipment_id = await place(process, order(process.world))
    assert (await said(process, shipment_id)).startswith(begins)
    explained = await explain(process, shipment_id)
    assert kind in await kinds(process, shipment_id)
    assert explained.standing.next.step is Step.SEND_AGAIN
    assert explained.standing.next.at == explained.standing.groups[0].until


async def test_an_outage_of_two_days_stays_a_short_list(process):
    process.world.outages[Channel.SMS] = Outage.REFUSED
    shipment_id = await place(process, order(process.world))
    for _ in range(60):
        await process.pass_hours(1)
    assert (await said(process, shipment_id)).startswith("Expired at ")
    events = (await explain(process, shipment_id)).events
    assert events.kept[0].kind is K.ACCEPTED
    assert events.kept[-1].kind is K.CLOSED
    assert K.ATTEMPT in events.omitted
    stored = await process.orders.load(parse_id(shipment_id))
    assert len(dump_events(stored.state.events)) <= 1500


async def test_a_large_order_tells_the_events_of_its_pages_as_one(process):
    numbers = tuple(Recipient(None, f"+479{n:07}") for n in range(250))
    shipment_id = await place(process, order(process.world, Channel.SMS, *numbers))
    explained = await explain(process, shipment_id)
    assert await said(process, shipment_id) == (
        "250 messages: given to the SMS provider at 10:00; no report yet."
    )
    assert [(event.kind, event.channel, event.count) for event in explained.events.kept] == [
        (K.ACCEPTED, None, 1),
        (K.FORWARDED, None, 3),
        (K.FORWARDED, Channel.SMS, 3),
        (K.ATTEMPT, Channel.SMS, 250),
        (K.ANSWERED, Channel.SMS, 250),
    ]
    for n in range(250):
        process.world.enqueue([w.sms_report(f"ref-{n}", SmsResult.DELIVERED, process.world.clock.now())])
    await process.carry_out()
    assert await said(process, shipment_id) == "250 messages: delivered at 10:00."
    events = (await explain(process, shipment_id)).events.kept
    assert [(event.kind, event.count) for event in events[-3:]] == [
        (K.REPORTED, 250),
        (K.PAGE_DONE, 3),
        (K.CLOSED, 1),
    ]


async def test_others_do_not_find_it_and_support_does(process):
    shipment_id = await place(process, order(process.world))
    with pytest.raises(ShipmentNotFoundError):
        await explain(process, shipment_id, creator="skd")
    assert (await explain(process, shipment_id, creator=None)).stored.creator == "ttd"


async def test_a_row_from_before_there_were_events_is_explained(process):
    shipment_id = await place(process, order(process.world))
    await report(process)
    stored = await process.orders.load(parse_id(shipment_id))
    await process.orders.save(stored, replace(stored.state, events=replace(stored.state.events, first=())))
    assert await said(process, shipment_id) == "Delivered at 10:00."
    assert await kinds(process, shipment_id) == [K.ACCEPTED, K.ANSWERED, K.REPORTED, K.CLOSED]


async def test_an_event_alone_writes_no_row(process):
    shipment_id = await place(process, order(process.world))
    stored = await process.orders.load(parse_id(shipment_id))
    before = dict(process.world.tables.rows)
    await process.record(stored, {}, events=stored.state.events.kept)
    assert process.world.tables.rows == before


async def test_no_address_is_in_the_events(process):
    shipment_id = await place(process, order(process.world))
    stored = await process.orders.load(parse_id(shipment_id))
    assert "+4790000001" in state_columns(stored.state, "t")["State"]
    assert "90000001" not in dump_events(stored.state.events)


async def test_the_queue_is_named_while_work_is_on_its_way(process):
    receipt = await process.place("ttd", ChainRequest(order(process.world)))
    assert [message.queue for message in process.world.messages] == [queues.SMS_SEND]
    shipment_id = receipt.shipments[0][0]
    assert await said(process, shipment_id) == "In the queue for the SMS provider since 10:00."
    assert (await explain(process, shipment_id)).standing.next == Next(Step.SEND, None)
