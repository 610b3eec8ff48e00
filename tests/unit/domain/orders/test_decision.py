"""What `decide` says is due, one situation a test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.condition import (
    FRESH,
    ConditionAnswer,
    ConditionOutcome,
    ConditionPolicy,
    WhenInconclusive,
)
from shared.domain.orders.decision import (
    REPORT_PATIENCE,
    Decision,
    decide,
    next_visit,
    page_wake_at,
    visit_after,
)
from shared.domain.orders.ids import ItemId
from shared.domain.orders.lifetime import EXPIRY_GRACE, closes_at, may_leave_at, place_in_spread
from shared.domain.orders.notification import EmailResult, Outcome, SmsResult
from shared.domain.orders.order import (
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
from shared.domain.orders.shipment import LATE_COPY, AgendaKey, ShipmentState, condition_answered
from shared.domain.sending.send_window import SendWindow

MORNING = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)  # 10:00 in Oslo
EVENING = datetime(2031, 3, 3, 19, 0, tzinfo=UTC)  # 20:00 in Oslo
NEXT_OPENING = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)
WINDOW = SendWindow(spread=timedelta(minutes=8))
POLICY = ConditionPolicy()
YES, NO = ConditionAnswer(met=True, reason="answered"), ConditionAnswer(met=False, reason="answered")
UNCLEAR = ConditionAnswer(met=None, reason="status 503")
ROW = ItemId("0" * 18 + "800000", 1)
DELAY = timedelta(minutes=4)
SMS = OrderRequest(
    OrderType.NOTIFICATION,
    MORNING,
    ChannelSchema.SMS,
    (Recipient(mobile_number="+4790000001"),),
    sms=SmsTemplate("Altinn", "hei"),
    sending_time_policy=SendingTimePolicy.DAYTIME,
)
EMAIL = OrderRequest(
    OrderType.NOTIFICATION,
    MORNING,
    ChannelSchema.EMAIL,
    (Recipient(email_address="kari@example.no"),),
    email=EmailTemplate("noreply@example.no", "hei", "hei"),
)


def registered(at: datetime = MORNING) -> ShipmentState:
    return ShipmentState(OrderStatus.REGISTERED, at, AgendaKey("00", "k"))


def at(now: datetime, order: OrderRequest, state: ShipmentState | None = None) -> Decision:
    return decide(order, state or registered(), ROW, now=now, window=WINDOW)


def after(
    state: ShipmentState, now: datetime, answer: ConditionAnswer, policy: ConditionPolicy = POLICY
) -> ShipmentState:
    return condition_answered(state, answer, now, policy)


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
