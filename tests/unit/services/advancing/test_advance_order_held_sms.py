"""SMS held by the window: alone, on the pages of a large order, and beside e-mails of the same order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import known_id
from shared.domain.orders.lifetime import may_leave_at
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.ports.sending import SendOutcome, SendStatus
from shared.records import queues
from shared.records.messages import load_wake
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.providers import Email


@pytest.fixture
def process():
    world = w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))
    world.clock.at += timedelta(hours=12)  # the evening
    return Process(world)


async def pass_time(process, span):
    world = process.world
    world.clock.at += span
    world.real_time.at += span
    await process.release_due()
    await process.carry_out()


@pytest.mark.parametrize("people", [1, 101])
async def test_sms_leave_when_the_window_opens_though_emails_of_the_order_still_wait(
    process, people, monkeypatch
):
    async def full(self, email):
        return SendOutcome(SendStatus.NOT_SENT, retry_after=3600)

    monkeypatch.setattr(Email, "send", full)
    world = process.world
    order = OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        ChannelSchema.EMAIL_AND_SMS,
        tuple(Recipient(f"kari{n}@example.no", f"+479900{n:04}") for n in range(people)),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate(SendingTimePolicy.DAYTIME.value, "hei"),
        sending_time_policy=SendingTimePolicy.DAYTIME,
    )
    await process.place("ttd", ChainRequest(order))
    opening = world.window.next_opening(world.clock.now())
    while world.clock.now() < opening:
        assert not world.sms_calls
        await pass_time(process, timedelta(minutes=5))
    await pass_time(process, timedelta(minutes=15))
    assert len(world.sms_calls) == people
    assert not world.broken_rules


SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
SPREAD = timedelta(minutes=10)  # over which held SMS are released, as the settings of the tests say
STEP = timedelta(seconds=10)  # of the timer


async def place_large(process, pages):
    """Place an order for that many pages in the evening; return it with its id and the opening."""
    world = process.world
    order = OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        ChannelSchema.SMS,
        tuple(Recipient(mobile_number=number_on(n // 100 + 1, n % 100)) for n in range(pages * 100)),
        sms=SmsTemplate("Altinn", "hei"),
        sending_time_policy=SendingTimePolicy.DAYTIME,
    )
    receipt = await process.place("ttd", ChainRequest(order))
    shipment = known_id(receipt.shipments[0][0])
    return order, shipment, world.window.next_opening(world.clock.now())


def number_on(page, index):
    return f"+479{page:03}{index:04}"


def sent_pages(world):
    return {int(number[4:7]) for number in world.sms_calls}


async def pass_night(process, opening):
    world = process.world
    while world.clock.now() + HOUR < opening:
        await pass_time(process, HOUR)
    await pass_time(process, opening - world.clock.now() - SECOND)
    assert not world.sms_calls


@pytest.mark.parametrize("pages", [2, 20])
async def test_each_page_of_a_large_order_leaves_at_a_place_of_its_own(process, pages):
    world = process.world
    order, shipment, opening = await place_large(process, pages)
    await pass_night(process, opening)
    window = replace(world.window, spread=SPREAD)
    rows = {page: shipment.of_page(page) for page in range(1, pages + 1)}
    places = {page: may_leave_at(order, row, window, opening) for page, row in rows.items()}
    world.messages.clear()  # what is left of the placement
    wakes = set()
    while world.clock.now() < opening + SPREAD + STEP:
        await pass_time(process, STEP)
        wakes |= {message.message_id for message in world.messages if message.queue == queues.ORDERS_BULK}
        now = world.clock.now()
        assert sent_pages(world) <= {page for page, at in places.items() if at <= now}, "none early"
        assert sent_pages(world) >= {page for page, at in places.items() if at <= now - 2 * STEP}, "none late"
    assert set(world.sms_calls.values()) == {1}
    assert len(world.sms_calls) == pages * 100
    assert len(wakes) <= pages, "one wake each"
    assert not world.broken_rules


@pytest.mark.parametrize("early", [SECOND, timedelta(minutes=1)])
async def test_a_page_that_is_woken_too_early_leaves_at_its_place(process, early):
    world = process.world
    _, _, opening = await place_large(process, 2)
    await pass_night(process, opening)
    await pass_time(process, 2 * SECOND)
    scheduled = [message for message in world.messages if message.queue == queues.ORDERS_BULK]
    message = max(scheduled, key=lambda message: message.scheduled_at)
    world.messages.remove(message)
    place = message.scheduled_at - SECOND
    assert place > opening + early, "the later of two places is never that early"
    world.clock.at = world.real_time.at = place - early
    await process.handle(message)
    await process.carry_out()
    page = load_wake(message.body).page
    assert page not in sent_pages(world)
    world.clock.at = world.real_time.at = place + SECOND
    await process.carry_out()
    assert page in sent_pages(world)


async def test_pages_whose_wakes_were_lost_leave_after_the_spread(process):
    world = process.world
    _, _, opening = await place_large(process, 5)
    await pass_night(process, opening)
    await pass_time(process, 2 * SECOND)
    world.messages.clear()  # the queue was wiped
    await pass_time(process, SPREAD + timedelta(minutes=2))
    await pass_time(process, timedelta(minutes=5))
    assert len(world.sms_calls) == 500


async def test_pages_of_an_order_that_comes_late_to_the_opening_leave_at_once(process):
    """As after an outage: their places are past."""
    world = process.world
    _, _, opening = await place_large(process, 5)
    await pass_time(process, opening + SPREAD + STEP - world.clock.now())
    assert len(world.sms_calls) == 500
