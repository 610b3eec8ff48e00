"""Queues that stand still for long: nothing is asked after that waits in one, and what was lost is found."""

import pytest

from shared.domain.orders.order import (
    ChannelSchema,
)
from shared.records import queues
from shared.services.advancing.backlog import SETTLE_TIME
from tests.support.pipeline.process import Process
from tests.support.pipeline.stand import HOUR, MINUTE, ORDERS, Stand

EMAIL, SMS = ChannelSchema.EMAIL, ChannelSchema.SMS
CONDITION = "https://condition.example/"
SEND_QUEUES = {EMAIL: queues.EMAIL_SEND, SMS: queues.SMS_SEND}


@pytest.fixture
def stand():
    return Stand()


@pytest.mark.parametrize("schema", [EMAIL, SMS])
@pytest.mark.parametrize("timers", [False, True], ids=["nothing runs", "timers run"])
@pytest.mark.parametrize("lost", [3 * MINUTE, 30 * MINUTE, 6 * HOUR, 40 * HOUR], ids=str)
async def test_a_backlog_does_not_multiply(stand, schema, lost, timers):
    await stand.place(schema)
    await stand.stand_still(lost, timers=timers)
    await stand.resume()
    assert stand.entries() == ORDERS
    assert not stand.agenda()
    assert stand.sent == dict.fromkeys((SEND_QUEUES[schema], "delivery-reports", "status-feed"), ORDERS)


@pytest.mark.parametrize("schema", [EMAIL, SMS])
@pytest.mark.parametrize("timers", [False, True], ids=["nothing runs", "timers run"])
async def test_orders_that_come_due_in_an_outage_are_woken_once(stand, schema, timers):
    await stand.place(schema, delay=HOUR)
    await stand.stand_still(7 * HOUR, timers=timers)
    await stand.resume()
    assert stand.entries() == ORDERS
    assert not stand.agenda()
    names = ("orders", SEND_QUEUES[schema], "delivery-reports", "status-feed")
    assert stand.sent == dict.fromkeys(names, ORDERS)


@pytest.mark.parametrize("schema", [EMAIL, SMS])
async def test_the_pages_of_a_large_order_are_woken_once(stand, schema, monkeypatch):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    await stand.place(schema, people=6, count=1)
    await stand.stand_still(6 * HOUR, timers=True)
    await stand.resume()
    assert stand.entries() == 1
    expected = {
        "orders": 1,
        "orders-bulk": 3,
        f"{SEND_QUEUES[schema]}-bulk": 3,
        "delivery-reports": 6,
        "status-feed": 1,
    }
    assert stand.sent == expected


@pytest.mark.parametrize(
    ("worked", "waits"),
    [
        ((queues.EMAIL_SEND,), queues.DELIVERY_REPORTS),
        ((queues.EMAIL_SEND, queues.DELIVERY_REPORTS), queues.STATUS_FEED),
    ],
    ids=["reports", "news"],
)
@pytest.mark.parametrize("lost", [30 * MINUTE, 6 * HOUR], ids=str)
async def test_what_waits_further_on_is_not_repeated(stand, worked, waits, lost):
    await stand.place(EMAIL)
    await stand.work(*worked)
    await stand.stand_still(lost, timers=True)
    assert stand.sent[waits] == ORDERS
    await stand.resume()
    assert stand.entries() == ORDERS
    assert not stand.agenda()
    assert stand.sent == dict.fromkeys((queues.EMAIL_SEND, "delivery-reports", "status-feed"), ORDERS)
    assert not stand.process.calls


@pytest.mark.parametrize("lost", [False, True], ids=["waits", "lost"])
async def test_news_is_told_again_only_when_it_was_lost(stand, lost):
    """Shipments end long after their rows were written, so that only they themselves tell when."""
    await stand.place(EMAIL)
    await stand.stand_still(6 * HOUR, timers=False)
    await stand.work(queues.EMAIL_SEND, queues.DELIVERY_REPORTS)
    assert stand.sent[queues.STATUS_FEED] == ORDERS
    if lost:
        stand.world.messages.clear()
    await stand.stand_still(10 * MINUTE, timers=True)
    assert stand.sent[queues.ORDERS] == ORDERS
    await stand.work(queues.ORDERS)
    assert stand.sent[queues.STATUS_FEED] == (2 if lost else 1) * ORDERS
    await stand.resume()
    assert stand.entries() == ORDERS
    await stand.stand_still(HOUR, timers=True)
    await stand.resume()
    assert not stand.agenda()


@pytest.mark.parametrize("lost", [10 * MINUTE, 3 * HOUR], ids=str)
async def test_what_was_lost_beside_a_backlog_is_found_once_the_queues_have_come_that_far(stand, lost):
    await stand.place(SMS)
    gone = next(m for m in stand.world.messages if m.queue == queues.SMS_SEND)
    stand.world.messages.remove(gone)
    await stand.stand_still(lost, timers=True)
    assert stand.sent == {queues.SMS_SEND: ORDERS}
    await stand.resume()
    assert stand.entries() == ORDERS
    assert stand.sent[queues.ORDERS] == 1
    assert stand.sent[queues.SMS_SEND] == ORDERS + 1
    assert all(calls == 1 for calls in stand.world.sms_calls.values())


@pytest.mark.parametrize("worked", [(), (queues.EMAIL_SEND, "delivery-reports")])
async def test_queues_that_are_wiped_in_a_backlog_lose_nothing(stand, worked):
    await stand.place(EMAIL)
    await stand.work(*worked)
    await stand.stand_still(HOUR, timers=True)
    stand.world.messages.clear()
    await stand.stand_still(SETTLE_TIME + MINUTE, timers=True)
    await stand.resume()
    await stand.stand_still(10 * MINUTE, timers=True)
    await stand.resume()
    assert stand.entries() == ORDERS
    assert not stand.agenda()
    assert all(count == 1 for count in stand.world.emails.values())


async def test_a_channel_that_stands_still_does_not_keep_the_other_from_finding_what_was_lost(stand):
    await stand.place(EMAIL)
    await stand.place(SMS)
    stand.world.messages = [m for m in stand.world.messages if m.queue == queues.EMAIL_SEND]
    for _ in range(4):
        await stand.stand_still(MINUTE, timers=True)
        await stand.work(queues.ORDERS, queues.SMS_SEND, queues.DELIVERY_REPORTS, queues.STATUS_FEED)
    assert stand.entries() == ORDERS
    assert not stand.world.emails
    await stand.stand_still(HOUR, timers=True)
    assert stand.sent[queues.EMAIL_SEND] == ORDERS


async def test_wakes_that_wait_are_not_doubled(stand):
    await stand.place(SMS, delay=MINUTE)
    await stand.stand_still(8 * HOUR, timers=True)
    assert stand.sent == {queues.ORDERS: ORDERS}


async def test_a_wake_that_was_carried_out_late_is_given_time_to_take_effect(stand):
    await stand.place(SMS, delay=MINUTE)
    await stand.stand_still(8 * HOUR, timers=True)
    await stand.work(queues.ORDERS)
    stand.process = Process(stand.world)  # one that remembers no backlog
    await stand.process.release_due()
    assert stand.sent == {queues.ORDERS: ORDERS, queues.SMS_SEND: ORDERS}


async def test_a_request_that_is_repeated_while_its_work_waits_adds_no_work(stand):
    await stand.place(EMAIL, count=1, id_="id")
    for _ in range(3):
        await stand.stand_still(10 * MINUTE, timers=True)
        await stand.place(EMAIL, count=1, id_="id")
    assert stand.sent == {queues.EMAIL_SEND: 1}
    assert len(stand.agenda()) == 1


async def test_an_email_whose_report_waits_is_not_asked_about(stand, monkeypatch):
    asked = []

    async def operation(self, operation_id):
        asked.append(operation_id)

    monkeypatch.setattr("tests.support.pipeline.providers.Email.operation", operation)
    await stand.place(EMAIL)
    await stand.work(queues.EMAIL_SEND)
    await stand.stand_still(5 * HOUR, timers=True)
    assert not asked


async def test_questions_that_wait_are_repeated_by_nobody_and_hold_up_nobody_else(stand):
    await stand.place(EMAIL, condition=CONDITION)
    await stand.work(queues.ORDERS)
    await stand.stand_still(HOUR, timers=True)
    assert stand.sent == {queues.ORDERS: ORDERS, queues.CONDITIONS: ORDERS}
    await stand.place(EMAIL)
    lost = [m for m in stand.world.messages if m.queue == queues.EMAIL_SEND]
    stand.world.messages = [m for m in stand.world.messages if m not in lost]
    await stand.stand_still(3 * MINUTE, timers=True)
    assert stand.sent[queues.ORDERS] == 2 * ORDERS, "what another order has lost is found in time"
    await stand.resume()
    assert stand.entries() == 2 * ORDERS
    assert stand.sent[queues.CONDITIONS] == ORDERS
    assert stand.world.asked == {CONDITION: ORDERS}


async def test_a_question_that_was_lost_is_asked_after_a_visit(stand):
    await stand.place(SMS, condition=CONDITION)
    await stand.work(queues.ORDERS)
    stand.world.messages.clear()
    await stand.stand_still(3 * MINUTE, timers=True)
    await stand.work(queues.ORDERS)
    assert stand.sent == {queues.ORDERS: 2 * ORDERS, queues.CONDITIONS: 2 * ORDERS}
    await stand.resume()
    assert stand.entries() == ORDERS
    assert stand.world.asked == {CONDITION: ORDERS}
