"""Send conditions through the real use cases, in a world in memory: what each policy makes of each answer."""

from datetime import timedelta

import pytest

from shared.domain.orders.condition import ConditionOutcome, ConditionPolicy, WhenInconclusive
from shared.domain.orders.metrics import Counts
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.services.feeding.read_status import ReadStatus
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.senders_references import SendersReferences
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store
from tests.support.pipeline.turns import free_turn

URL = "https://condition.example/42"
NUMBER = "+4790000001"
FIVE_TIMES = {"attempts": 5, "spacing": timedelta(minutes=10)}


def started(world, **policy):
    world.conditions = ConditionPolicy(**policy)
    return Process(world)


def order(world, *numbers, policy=SendingTimePolicy.ANYTIME, **more):
    return OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        ChannelSchema.SMS,
        tuple(Recipient(mobile_number=number) for number in numbers or (NUMBER,)),
        sms=SmsTemplate(policy.value, "hei"),
        sending_time_policy=policy,
        condition_endpoint=URL,
        **more,
    )


async def placed(process, request):
    """Place an order and do what is due at once; return its id."""
    receipt = await process.place("ttd", ChainRequest(request))
    await run(process)
    return receipt.shipments[0][0]


async def run(process):
    await process.release_due()
    await process.carry_out()


async def pass_time(process, **span):
    process.world.clock.at += timedelta(**span)
    process.world.real_time.at += timedelta(**span)
    await run(process)


def reader(process):
    store = Store(process)
    index = SendersReferences(store, process.place_order.ids)
    return ReadStatus(
        orders=process.orders,
        feed=StatusFeed(store, process.world.clock),
        senders_references=index,
        times=process.place_order.times,
    )


async def read(process, shipment_id):
    return (await reader(process).shipment("ttd", shipment_id)).state


async def test_five_attempts_are_made_ten_minutes_apart_and_then_it_is_sent(world):
    process = started(world, **FIVE_TIMES)
    world.condition = w.INCONCLUSIVE
    shipment_id = await placed(process, order(world))
    for attempt in range(1, 5):
        state = await read(process, shipment_id)
        assert (state.condition.outcome, state.condition.attempts) == (ConditionOutcome.PENDING, attempt)
        await pass_time(process, minutes=9, seconds=50)
        assert world.asked[URL] == attempt, "it is too early for another question"
        assert not world.sms_calls
        await pass_time(process, seconds=11)
    state = await read(process, shipment_id)
    assert (state.condition.outcome, state.condition.attempts) == (ConditionOutcome.INCONCLUSIVE_SENT, 5)
    assert state.condition.reason == "status 503"
    assert (world.sms_calls, world.asked[URL]) == ({NUMBER: 1}, 5)


async def test_a_chosen_stop_ends_the_order_unsent_after_the_last_attempt(world):
    process = started(world, when_inconclusive=WhenInconclusive.STOP)
    world.condition = w.INCONCLUSIVE
    shipment_id = await placed(process, order(world))
    assert (await read(process, shipment_id)).status is OrderStatus.REGISTERED
    await pass_time(process, seconds=61)
    state = await read(process, shipment_id)
    assert state.status is OrderStatus.SEND_CONDITION_NOT_MET
    assert state.condition.outcome is ConditionOutcome.INCONCLUSIVE_STOPPED
    [(_, told)] = await reader(process).feed_page("ttd", after=0, limit=9, descending=False, turn=free_turn())
    assert (told.status, told.notifications) == (OrderStatus.SEND_CONDITION_NOT_MET, ())
    await pass_time(process, days=3)
    assert not world.sms_calls
    assert world.asked[URL] == 2


async def test_a_late_yes_counts(world):
    process = started(world, when_inconclusive=WhenInconclusive.STOP)
    world.condition = w.INCONCLUSIVE
    shipment_id = await placed(process, order(world))
    world.condition = w.MET
    await pass_time(process, seconds=61)
    state = await read(process, shipment_id)
    assert (state.condition.outcome, state.condition.attempts) == (ConditionOutcome.MET, 2)
    assert world.sms_calls == {NUMBER: 1}


@pytest.mark.parametrize("then", WhenInconclusive)
async def test_an_sms_held_overnight_is_asked_about_again_under_the_same_policy(world, then):
    process = started(world, when_inconclusive=then)
    world.clock.at += timedelta(hours=12)  # the evening
    shipment_id = await placed(process, order(world, policy=SendingTimePolicy.DAYTIME))
    assert (await read(process, shipment_id)).condition.outcome is ConditionOutcome.MET
    world.condition = w.INCONCLUSIVE
    await pass_time(process, hours=12)
    state = await read(process, shipment_id)
    assert (state.condition.outcome, state.condition.attempts) == (ConditionOutcome.PENDING, 1)
    assert not world.sms_calls
    await pass_time(process, seconds=61)
    state = await read(process, shipment_id)
    assert world.asked[URL] == 3
    if then is WhenInconclusive.SEND:
        assert state.condition.outcome is ConditionOutcome.INCONCLUSIVE_SENT
        assert world.sms_calls == {NUMBER: 1}
    else:
        assert state.status is OrderStatus.SEND_CONDITION_NOT_MET
        assert not world.sms_calls


async def test_a_large_order_asks_once_for_all_its_pages(world, monkeypatch):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    process = started(world)
    numbers = [f"+4790000{number:03}" for number in range(5)]
    await placed(process, order(world, *numbers))
    assert world.asked[URL] == 1
    assert world.sms_calls == dict.fromkeys(numbers, 1)


async def test_nothing_of_a_large_order_that_was_stopped_is_billed_logged_or_told(world, monkeypatch):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    process = started(world)
    world.condition = w.NOT_MET
    numbers = [f"+4790000{number:03}" for number in range(5)]
    shipment_id = await placed(process, order(world, *numbers, dialog_id="dialog", transmission_id="one"))
    [(_, told)] = await reader(process).feed_page("ttd", after=0, limit=9, descending=False, turn=free_turn())
    assert (told.status, told.notifications) == (OrderStatus.SEND_CONDITION_NOT_MET, ())
    stored = await reader(process).order("ttd", shipment_id)
    assert len((await reader(process).with_recipients(stored, free_turn())).order.recipients) == 5
    assert (await reader(process).whole(stored, free_turn())).notifications == []
    assert not await reader(process).notifications(stored, free_turn())
    assert not await reader(process).results(stored)
    store = Store(process)
    month = f"{world.clock.now():%Y%m}"
    assert await StatusFeed(store, world.clock).counts("ttd", month) == Counts(orders=1)
    assert not [key for key in world.tables.rows if key[0] == "NotificationLog"]
