"""Where messages stand, told from a row alone: what the whole way of a shipment does not show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.ids import ItemId
from shared.domain.orders.notification import EmailResult, Notification, Result, SmsResult
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
)
from shared.domain.orders.shipment import AgendaKey, Claim, ShipmentState
from shared.domain.sending.send_window import SendWindow
from shared.domain.trace.events import Event, EventKind
from shared.domain.trace.standing import Group, Instant, Next, Stand, Step, standing

AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # 10:00 in Oslo, window open
MINUTE = timedelta(minutes=1)
ITEM = ItemId("d2b0b1d75a244a0e9d1f0a9b", 1)
NOW = Instant(AT + MINUTE, AT + MINUTE, SendWindow())
ORDER = OrderRequest(
    OrderType.NOTIFICATION,
    AT,
    ChannelSchema.EMAIL_AND_SMS,
    (Recipient("kari@example.no", "+4790000001"),),
    sending_time_policy=SendingTimePolicy.ANYTIME,
)
KEY = AgendaKey("00", "k")


def message(result: Result, *, slot: int = 1, reference: str | None = "r") -> Notification:
    channel = Channel.EMAIL if isinstance(result, EmailResult) else Channel.SMS
    return Notification(slot, 0, channel, "x", result, AT, reference)


def processed(*messages: Notification) -> ShipmentState:
    return ShipmentState(OrderStatus.PROCESSED, AT, KEY, messages, forwarded_at=AT)


def stands(state: ShipmentState, order: OrderRequest = ORDER, at: Instant = NOW) -> list[Stand | Result]:
    return [group.stand for group in standing(order, state, ITEM, at).groups]


@pytest.mark.parametrize("result", [*EmailResult, *SmsResult])
def test_every_result_stands_for_itself(result: Result) -> None:
    state = replace(processed(message(result)), status=OrderStatus.COMPLETED)
    expected = Stand.OVERDUE if result in {EmailResult.NEW, SmsResult.NEW} else result
    assert stands(state) == [expected]
    assert standing(ORDER, state, ITEM, NOW).next is None


@pytest.mark.parametrize(
    ("status", "outcome", "stand"),
    [
        (OrderStatus.CANCELLED, None, Stand.CANCELLED),
        (OrderStatus.SEND_CONDITION_NOT_MET, ConditionOutcome.NOT_MET, Stand.CONDITION_NOT_MET),
        (OrderStatus.SEND_CONDITION_NOT_MET, ConditionOutcome.INCONCLUSIVE_STOPPED, Stand.CONDITION_STOPPED),
        (OrderStatus.COMPLETED, None, Stand.NOTHING_TO_SEND),
    ],
)
def test_every_end_without_messages(
    status: OrderStatus, outcome: ConditionOutcome | None, stand: Stand
) -> None:
    condition = None if outcome is None else ConditionRecord(outcome, "answered", 1, AT)
    state = ShipmentState(status, AT, KEY, condition=condition)
    assert standing(ORDER, state, ITEM, NOW).groups == (Group(stand, AT),)
    assert {s for s in OrderStatus if s.is_final} == {
        OrderStatus.CANCELLED,
        OrderStatus.SEND_CONDITION_NOT_MET,
        OrderStatus.COMPLETED,
    }


def test_a_call_that_is_being_made() -> None:
    claim = Claim("t", 1, AT + 3 * MINUTE, AT, {1: 1})
    state = processed(message(SmsResult.NEW)).with_claim(Channel.SMS, claim)
    assert stands(state) == [Stand.BEING_SENT]
    late = replace(NOW, real_now=AT + 4 * MINUTE)
    assert stands(state, at=late) == [Stand.IN_DOUBT_AGAIN]


def test_a_lost_answer_that_only_a_report_can_replace() -> None:
    state = processed(message(SmsResult.SENDING, reference=None))
    assert stands(state) == [Stand.IN_DOUBT]


@pytest.mark.parametrize(
    ("kind", "stand"),
    [
        (EventKind.HELD, Stand.HELD),
        (EventKind.THROTTLED, Stand.THROTTLED),
        (EventKind.PUT_OFF, Stand.PUT_OFF),
        (EventKind.FORWARDED, Stand.PUT_OFF),  # of a row from before there were events
    ],
)
def test_why_work_waits(kind: EventKind, stand: Stand) -> None:
    until = AT + 2 * MINUTE
    state = processed(message(SmsResult.NEW)).with_wait(Channel.SMS, until)
    state = state.noting(Event(kind, AT, Channel.SMS, until))
    assert standing(ORDER, state, ITEM, NOW).groups == (Group(stand, AT, Channel.SMS, until),)
    assert stands(state, at=replace(NOW, now=until + MINUTE)) == [Stand.QUEUED]


def test_an_email_is_asked_about_before_it_expires() -> None:
    state = processed(message(EmailResult.SENDING))
    assert standing(ORDER, state, ITEM, NOW).next == Next(Step.ASK_PROVIDER, AT + 5 * MINUTE)
    later = standing(ORDER, state, ITEM, replace(NOW, now=AT + 6 * MINUTE)).next
    assert later == Next(Step.CLOSE, AT + timedelta(hours=48) + 5 * MINUTE)


def test_what_is_over_and_not_closed_yet() -> None:
    late = replace(NOW, now=AT + timedelta(hours=48) + MINUTE)
    assert stands(processed(message(EmailResult.NEW)), at=late) == [Stand.OVERDUE]


def test_the_next_step_is_the_first_of_all_messages() -> None:
    until = AT + 2 * MINUTE
    state = processed(message(EmailResult.SENDING), message(SmsResult.NEW, slot=2))
    state = state.with_wait(Channel.SMS, until)
    found = standing(ORDER, state, ITEM, NOW)
    assert [group.stand for group in found.groups] == [Stand.PUT_OFF, EmailResult.SENDING]
    assert found.next == Next(Step.SEND_AGAIN, until)


def test_a_held_sms_is_asked_about_before_it_leaves() -> None:
    """The answer of an hour ago does not count any more once the window has opened."""
    order = replace(ORDER, channel_schema=ChannelSchema.SMS, condition_endpoint="https://x.example/c")
    record = ConditionRecord(ConditionOutcome.MET, "answered", 1, AT - timedelta(hours=14))
    state = replace(processed(message(SmsResult.NEW)), forwarded_at=None, condition=record)
    assert stands(state, order) == [Stand.CONDITION_DUE]
    assert stands(replace(state, forwarded_at=AT), order) == [Stand.QUEUED]


def test_recipients_that_are_not_looked_up_yet() -> None:
    order = replace(ORDER, recipients=(Recipient(national_identity_number="01017000001"),))
    state = ShipmentState(OrderStatus.REGISTERED, AT, KEY)
    assert stands(state, order) == [Stand.LOOKUP_DUE]
    assert stands(state) == [Stand.PREPARING]
    waiting = replace(state, look_up_at=AT + 3 * MINUTE)
    assert standing(order, waiting, ITEM, NOW).next == Next(Step.LOOK_UP, AT + 3 * MINUTE)


def test_pages_of_a_large_shipment_stand_together() -> None:
    shipment = replace(processed(), pages=3)
    pages = [
        (ITEM.of_page(1), processed(message(SmsResult.DELIVERED), message(SmsResult.NEW, slot=2))),
        (ITEM.of_page(2), processed(message(SmsResult.DELIVERED))),
        (ITEM.of_page(3), ShipmentState(OrderStatus.REGISTERED, AT, KEY)),
    ]
    groups = standing(ORDER, shipment, ITEM, NOW, pages).groups
    assert [(group.stand, group.count) for group in groups] == [
        (Stand.QUEUED, 1),
        (Stand.LOOKUP_DUE, 1),
        (SmsResult.DELIVERED, 2),
    ]
    ended = replace(shipment, status=OrderStatus.SEND_CONDITION_NOT_MET)
    assert standing(ORDER, ended, ITEM, NOW, pages).groups == (Group(Stand.CONDITION_NOT_MET, AT),)
