"""What `decide` says is due for an order with a send condition."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.condition import (
    FRESH,
    ConditionOutcome,
    ConditionPolicy,
    WhenInconclusive,
)
from shared.domain.orders.lifetime import closes_at
from shared.domain.orders.order import (
    Channel,
    OrderRequest,
    OrderStatus,
)
from tests.support.decisions import (
    DELAY,
    EMAIL,
    EVENING,
    MORNING,
    NEXT_OPENING,
    NO,
    POLICY,
    SMS,
    UNCLEAR,
    WINDOW,
    YES,
    after,
    at,
    registered,
)


def test_a_condition_is_asked_before_anything_is_forwarded() -> None:
    decision = at(MORNING, replace(EMAIL, condition_endpoint="https://example.no/go"))
    assert decision.ask_condition
    assert decision.state.status is OrderStatus.REGISTERED
    assert decision.forward == frozenset()


def test_an_inconclusive_condition_is_asked_once_more_a_minute_later() -> None:
    order = replace(EMAIL, condition_endpoint="https://example.no/go")
    asked = after(registered(), MORNING, UNCLEAR)
    assert at(MORNING + timedelta(seconds=1), order, asked).visit_at == MORNING + POLICY.spacing
    assert at(MORNING + POLICY.spacing, order, asked).ask_condition


@pytest.mark.parametrize("order", [EMAIL, SMS])
@pytest.mark.parametrize("status", [OrderStatus.REGISTERED, OrderStatus.PROCESSING, OrderStatus.PROCESSED])
def test_a_large_order_asks_no_condition_past_its_deadline(order: OrderRequest, status: OrderStatus) -> None:
    order = replace(order, condition_endpoint="https://example.no/go", recipients=())
    large = replace(registered(), status=status, pages=3)
    end = closes_at(order, WINDOW)
    assert at(end - timedelta(seconds=1), order, large).ask_condition
    decision = at(end, order, large)
    assert (decision.ask_condition, decision.wake_pages) == (False, True)


CONDITIONAL = replace(SMS, condition_endpoint="https://example.no/go")


def test_a_held_sms_asks_its_condition_again_before_it_leaves() -> None:
    met = after(registered(EVENING), EVENING, YES)
    held = at(EVENING, CONDITIONAL, met).state
    decision = at(NEXT_OPENING + DELAY, CONDITIONAL, held)
    assert decision.ask_condition
    assert decision.forward == frozenset()
    again = after(held, NEXT_OPENING + DELAY, YES)
    assert at(NEXT_OPENING + DELAY, CONDITIONAL, again).forward == {Channel.SMS}


def test_a_condition_that_turned_false_stops_a_held_sms() -> None:
    held = at(EVENING, CONDITIONAL, after(registered(EVENING), EVENING, YES)).state
    stopped = after(held, NEXT_OPENING, NO)
    assert (stopped.status, stopped.notifications) == (OrderStatus.SEND_CONDITION_NOT_MET, ())


def test_a_fresh_answer_is_relied_on() -> None:
    met = after(registered(), MORNING, YES)
    assert at(MORNING + FRESH, CONDITIONAL, met).forward == {Channel.SMS}


def test_what_was_forwarded_is_not_asked_about_again() -> None:
    met = after(registered(), MORNING, YES)
    forwarded = replace(at(MORNING, CONDITIONAL, met).state, forwarded_at=MORNING)
    assert at(MORNING + timedelta(hours=3), CONDITIONAL, forwarded).forward == {Channel.SMS}


def test_the_second_inconclusive_answer_counts_as_met() -> None:
    once = after(registered(), MORNING, UNCLEAR)
    twice = after(once, MORNING + POLICY.spacing, UNCLEAR)
    assert twice.condition is not None
    assert (twice.condition.outcome, twice.condition.attempts) == (ConditionOutcome.INCONCLUSIVE_SENT, 2)
    assert at(MORNING + POLICY.spacing, CONDITIONAL, twice).forward == {Channel.SMS}


def test_the_last_inconclusive_answer_stops_the_message_where_that_was_chosen() -> None:
    policy = ConditionPolicy(attempts=1, when_inconclusive=WhenInconclusive.STOP)
    stopped = after(registered(), MORNING, UNCLEAR, policy)
    assert stopped.status is OrderStatus.SEND_CONDITION_NOT_MET
    assert stopped.condition is not None
    assert stopped.condition.reason == "status 503"


def test_a_held_sms_whose_second_round_stays_unclear_is_asked_about_as_often_as_in_the_first() -> None:
    held = at(EVENING, CONDITIONAL, after(registered(EVENING), EVENING, YES)).state
    opening = NEXT_OPENING + DELAY
    once = after(held, opening, UNCLEAR)
    decision = at(opening, CONDITIONAL, once)
    assert (decision.forward, decision.visit_at) == (frozenset(), opening + POLICY.spacing)
    assert at(opening + POLICY.spacing, CONDITIONAL, once).ask_condition
    twice = after(once, opening + POLICY.spacing, UNCLEAR)
    assert at(opening + POLICY.spacing, CONDITIONAL, twice).forward == {Channel.SMS}


def test_an_unclear_condition_does_not_keep_an_order_open_beyond_its_end() -> None:
    policy = ConditionPolicy(spacing=timedelta(days=9))
    end = closes_at(CONDITIONAL, WINDOW)
    pending = after(registered(), MORNING, UNCLEAR, policy)
    assert at(MORNING, CONDITIONAL, pending).visit_at == end
    assert at(end, CONDITIONAL, pending).state.status is OrderStatus.COMPLETED
