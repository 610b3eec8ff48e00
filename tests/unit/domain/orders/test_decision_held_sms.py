"""What `decide` says of SMS that wait for their window and their place after its opening."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.decision import (
    REPORT_PATIENCE,
    next_visit,
    page_wake_at,
)
from shared.domain.orders.lifetime import EXPIRY_GRACE, closes_at, may_leave_at, place_in_spread
from shared.domain.orders.notification import EmailResult, Outcome
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
)
from tests.support.decisions import (
    DELAY,
    EMAIL,
    EVENING,
    MORNING,
    NEXT_OPENING,
    ROW,
    SMS,
    WINDOW,
    at,
    registered,
)


def test_a_daytime_sms_is_held_until_after_the_opening() -> None:
    decision = at(EVENING, SMS)
    assert decision.forward == frozenset()
    assert decision.visit_at == decision.held_until == NEXT_OPENING + DELAY


def test_a_held_sms_keeps_its_place_when_asked_again() -> None:
    held = at(EVENING, SMS)
    assert at(EVENING + timedelta(hours=1), SMS, held.state) == held
    assert at(NEXT_OPENING, SMS, held.state).visit_at == held.held_until
    assert at(NEXT_OPENING + DELAY - timedelta(seconds=1), SMS, held.state) == held


def test_an_sms_that_missed_its_place_is_held_in_the_next_night_too() -> None:
    held = at(EVENING, SMS).state
    late = NEXT_OPENING + timedelta(hours=8)
    assert not WINDOW.is_open(late)
    assert at(late, SMS, held).visit_at == NEXT_OPENING + timedelta(days=1) + DELAY
    assert at(NEXT_OPENING + timedelta(days=1), SMS, held).forward == frozenset()
    assert at(NEXT_OPENING + timedelta(days=1) + DELAY, SMS, held).forward == {Channel.SMS}


@pytest.mark.parametrize("after_opening", [timedelta(0), timedelta(minutes=1)])
def test_an_sms_asked_for_while_the_window_is_open_does_not_wait_for_a_place(after_opening) -> None:
    order = replace(SMS, requested_send_at=NEXT_OPENING + after_opening)
    assert at(NEXT_OPENING + after_opening, order).forward == {Channel.SMS}


def test_a_held_sms_leaves_at_its_place() -> None:
    held = at(EVENING, SMS).state
    assert at(NEXT_OPENING + DELAY, SMS, held).forward == {Channel.SMS}


@pytest.mark.parametrize(
    "order",
    [
        replace(SMS, sending_time_policy=SendingTimePolicy.ANYTIME),
        replace(SMS, type=OrderType.INSTANT, sending_time_policy=None, time_to_live_seconds=86400),
    ],
)
def test_other_sms_leave_at_night(order: OrderRequest) -> None:
    assert at(EVENING, order).forward == {Channel.SMS}


def test_a_version_1_sms_waits_like_a_daytime_one() -> None:
    assert at(EVENING, replace(SMS, sending_time_policy=None)).forward == frozenset()


def test_emails_that_take_their_time_do_not_make_held_sms_late() -> None:
    both = replace(
        SMS,
        requested_send_at=EVENING,
        channel_schema=ChannelSchema.EMAIL_AND_SMS,
        recipients=(Recipient(email_address="kari@example.no", mobile_number="+4790000001"),),
        email=EMAIL.email,
    )
    first = at(EVENING, both)
    assert (first.forward, first.visit_at) == ({Channel.EMAIL}, None)
    assert not first.looks_after, "the SMS must not wait for queues that lag"
    sent = first.state.with_outcomes({1: Outcome(EmailResult.SENDING, EVENING, "id")}, EVENING)
    later = at(EVENING + REPORT_PATIENCE, both, sent)
    assert [n.slot for n in later.ask_provider] == [1]
    assert first.visit_by == later.visit_by == NEXT_OPENING + DELAY


def test_a_large_order_looks_after_its_pages_when_the_last_has_had_its_place() -> None:
    large = replace(registered(), pages=3)
    opened = at(NEXT_OPENING, SMS, large)
    assert (opened.wake_pages, opened.visit_at) == (True, None)
    assert opened.visit_from == NEXT_OPENING + WINDOW.spread
    assert next_visit(opened, NEXT_OPENING + timedelta(minutes=2)) == (opened.visit_from, True)
    in_time = replace(SMS, requested_send_at=NEXT_OPENING)
    assert next_visit(at(NEXT_OPENING, in_time, large), NEXT_OPENING + timedelta(minutes=2)) == (
        NEXT_OPENING + timedelta(minutes=2),
        True,
    )


@pytest.mark.parametrize("order", [SMS, replace(SMS, channel_schema=ChannelSchema.EMAIL_AND_SMS)])
def test_a_page_is_woken_at_its_place(order: OrderRequest) -> None:
    page = ROW.of_page(7)
    leaves_at = NEXT_OPENING + WINDOW.spread * place_in_spread(page)
    assert (
        may_leave_at(order, page, WINDOW, EVENING)
        == may_leave_at(order, page, WINDOW, NEXT_OPENING)
        == leaves_at
    )
    expected = leaves_at if order is SMS else None  # e-mails do not wait with it
    assert page_wake_at(order, page, now=NEXT_OPENING, window=WINDOW) == expected
    assert page_wake_at(order, page, now=leaves_at, window=WINDOW) is None


@pytest.mark.parametrize("seconds", [60, 100, 8 * 60])
def test_no_page_waits_for_its_place_past_the_deadline(seconds: int) -> None:
    end = NEXT_OPENING + timedelta(seconds=seconds)
    order = replace(SMS, time_to_live_seconds=int((end - EXPIRY_GRACE - MORNING).total_seconds()))
    assert closes_at(order, WINDOW) == end
    wakes = [page_wake_at(order, ROW.of_page(n), now=NEXT_OPENING, window=WINDOW) for n in range(1, 300)]
    assert all(wake is None or wake <= end for wake in wakes)
    large = at(NEXT_OPENING, order, replace(registered(), pages=299))
    assert (large.wake_pages, large.visit_from) == (True, end)
