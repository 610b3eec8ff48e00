"""What `decide` says is due, one situation a test."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.orders.decision import (
    REPORT_PATIENCE,
    Decision,
    visit_after,
)
from shared.domain.orders.lifetime import EXPIRY_GRACE, closes_at
from shared.domain.orders.notification import EmailResult, Outcome, SmsResult
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    OrderRequest,
    OrderStatus,
    Recipient,
)
from shared.domain.orders.shipment import LATE_COPY
from tests.support.decisions import (
    EMAIL,
    EVENING,
    MORNING,
    NEXT_OPENING,
    SMS,
    WINDOW,
    at,
    registered,
)


def test_an_order_waits_for_its_time() -> None:
    decision = at(MORNING - timedelta(seconds=1), EMAIL)
    assert decision.state.status is OrderStatus.REGISTERED
    assert (decision.visit_at, decision.forward) == (MORNING, frozenset())


@pytest.mark.parametrize(("order", "channel"), [(EMAIL, Channel.EMAIL), (SMS, Channel.SMS)])
def test_a_due_order_is_processed_and_forwarded(order: OrderRequest, channel: Channel) -> None:
    decision = at(MORNING, order)
    assert decision.state.status is OrderStatus.PROCESSED
    assert decision.forward == {channel}
    assert [n.channel for n in decision.state.notifications] == [channel]


def test_deciding_twice_changes_nothing_more() -> None:
    once = at(MORNING, SMS)
    assert at(MORNING, SMS, once.state) == once


def test_a_closed_order_needs_nothing() -> None:
    for status in (OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.SEND_CONDITION_NOT_MET):
        state = replace(registered(), status=status)
        assert at(MORNING, SMS, state) == Decision(state)


def test_an_order_without_any_address_completes_at_once() -> None:
    decision = at(MORNING, replace(EMAIL, recipients=(Recipient(),)))
    assert decision.state.status is OrderStatus.COMPLETED


@pytest.mark.parametrize("order", [EMAIL, SMS])
def test_what_awaits_a_result_at_the_end_has_expired(order: OrderRequest) -> None:
    processed = at(MORNING, order).state
    end = closes_at(order, WINDOW)
    assert end == MORNING + timedelta(hours=48) + EXPIRY_GRACE
    decision = at(end, order, processed)
    assert decision.state.status is OrderStatus.COMPLETED
    assert [n.result.value for n in decision.state.notifications] == ["Failed_TTL"]


@pytest.mark.parametrize("order", [EMAIL, SMS])
def test_nothing_is_sent_after_its_lifetime(order: OrderRequest) -> None:
    processed = at(MORNING, order).state
    decision = at(MORNING + timedelta(hours=48), order, processed)
    assert decision.forward == frozenset()
    assert decision.visit_at == closes_at(order, WINDOW)


def test_an_order_that_was_never_looked_at_still_closes() -> None:
    assert at(MORNING + timedelta(days=9), SMS).state.status is OrderStatus.COMPLETED


def test_an_email_without_report_is_asked_for_after_a_while() -> None:
    sent = at(MORNING, EMAIL).state.with_outcomes({1: Outcome(EmailResult.SENDING, MORNING, "id")}, MORNING)
    waits = at(MORNING, EMAIL, sent)
    assert (waits.visit_at, waits.looks_after) == (MORNING + REPORT_PATIENCE, True)
    decision = at(MORNING + REPORT_PATIENCE, EMAIL, sent)
    assert [n.slot for n in decision.ask_provider] == [1]
    assert decision.forward == frozenset()


def test_an_accepted_sms_only_awaits_its_report_or_its_end() -> None:
    sent = at(MORNING, SMS).state.with_outcomes({1: Outcome(SmsResult.ACCEPTED, MORNING, "ref")}, MORNING)
    decision = at(MORNING + timedelta(hours=1), SMS, sent)
    assert (decision.forward, decision.visit_at) == (frozenset(), closes_at(SMS, WINDOW))
    assert not decision.looks_after, "an order is closed in time whatever the queues hold"


def test_a_large_order_wakes_its_pages() -> None:
    large = replace(registered(), pages=3)
    assert at(MORNING, EMAIL, large).wake_pages
    night = at(EVENING, SMS, large)
    assert not night.wake_pages
    assert night.visit_at == NEXT_OPENING


def test_visits_become_rarer_but_never_pass_the_deadline() -> None:
    deadline = MORNING + timedelta(days=2)
    steps = [visit_after(visits, MORNING, deadline) - MORNING for visits in range(7)]
    assert [step.total_seconds() / 60 for step in steps] == [2, 6, 18, 54, 162, 360, 360]
    assert visit_after(9, deadline - timedelta(hours=1), deadline) == deadline


def test_visits_after_the_deadline_become_rare():
    deadline, now, steps = MORNING, MORNING, []
    for visits in range(9, 21):
        at = visit_after(visits, now, deadline)
        steps.append((at - now) / timedelta(minutes=1))
        now = at
    assert steps == [2, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]


BOTH = replace(
    SMS,
    channel_schema=ChannelSchema.EMAIL_AND_SMS,
    recipients=(Recipient(email_address="kari@example.no", mobile_number="+4790000001"),),
    email=EMAIL.email,
)
COPY_AT = MORNING + timedelta(minutes=30)


@pytest.mark.parametrize(("order", "channel"), [(EMAIL, Channel.EMAIL), (SMS, Channel.SMS)])
@pytest.mark.parametrize("now", [MORNING, COPY_AT, COPY_AT + LATE_COPY - timedelta(seconds=1)])
def test_work_that_is_known_to_wait_is_not_forwarded(
    order: OrderRequest, channel: Channel, now: datetime
) -> None:
    waiting = at(MORNING, order).state.with_wait(channel, COPY_AT)
    decision = at(now, order, waiting)
    expected = Decision(waiting, visit_from=COPY_AT + LATE_COPY, visit_by=closes_at(order, WINDOW))
    assert decision == replace(expected, looks_after=True)


@pytest.mark.parametrize(("order", "channel"), [(EMAIL, Channel.EMAIL), (SMS, Channel.SMS)])
def test_work_whose_copy_did_not_come_is_forwarded(order: OrderRequest, channel: Channel) -> None:
    waiting = at(MORNING, order).state.with_wait(channel, COPY_AT)
    assert at(COPY_AT + LATE_COPY, order, waiting).forward == {channel}


@pytest.mark.parametrize(
    ("waits", "goes"), [(Channel.EMAIL, Channel.SMS), (Channel.SMS, Channel.EMAIL)], ids=["email", "sms"]
)
def test_a_channel_that_waits_does_not_hold_up_the_other(waits: Channel, goes: Channel) -> None:
    decision = at(MORNING, BOTH, at(MORNING, BOTH).state.with_wait(waits, COPY_AT))
    assert (decision.forward, decision.visit_by) == ({goes}, closes_at(BOTH, WINDOW))


def test_the_earlier_of_two_waiting_copies_is_looked_for_first() -> None:
    state = at(MORNING, BOTH).state.with_wait(Channel.SMS, COPY_AT)
    state = state.with_wait(Channel.EMAIL, COPY_AT + timedelta(hours=1))
    decision = at(MORNING, BOTH, state)
    assert (decision.forward, decision.visit_from) == (frozenset(), COPY_AT + LATE_COPY)
    assert at(COPY_AT + LATE_COPY, BOTH, state).forward == {Channel.SMS}


def test_an_order_that_waits_is_closed_at_its_end() -> None:
    end = closes_at(EMAIL, WINDOW)
    waiting = at(MORNING, EMAIL).state.with_wait(Channel.EMAIL, end + timedelta(hours=1))
    assert at(MORNING, EMAIL, waiting).visit_by == end
    closed = at(end, EMAIL, waiting).state
    assert (closed.status, closed.waits) == (OrderStatus.COMPLETED, {})


def test_a_copy_known_for_sent_work_means_nothing() -> None:
    state = at(MORNING, SMS).state.with_wait(Channel.SMS, COPY_AT)
    sent = state.with_outcomes({1: Outcome(SmsResult.ACCEPTED, MORNING, "ref")}, MORNING)
    assert at(MORNING, SMS, sent).visit_at == closes_at(SMS, WINDOW)
