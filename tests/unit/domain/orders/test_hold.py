"""Since when and until when the SMS of an order are held."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.hold import Hold, held_until, hold_of
from shared.domain.orders.ids import ItemId
from shared.domain.orders.lifetime import place_in_spread
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    OrderRequest,
    OrderStatus,
    OrderType,
    SendingTimePolicy,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.sending.send_window import SendWindow

SPREAD = timedelta(minutes=10)
WINDOW = SendWindow(9, 17, SPREAD)
NIGHT = datetime(2031, 1, 14, 20, tzinfo=UTC)
OPENING = datetime(2031, 1, 15, 8, tzinfo=UTC)  # nine in Oslo
ROW = ItemId("d2b0b1d75a244a0e9d1f0a9b", 1)
LEAVES_AT = OPENING + SPREAD * place_in_spread(ROW)
MINUTE = timedelta(minutes=1)
ORDER = OrderRequest(
    OrderType.NOTIFICATION, NIGHT, ChannelSchema.SMS, (), sending_time_policy=SendingTimePolicy.DAYTIME
)
STATE = ShipmentState(OrderStatus.PROCESSED, NIGHT, AgendaKey("0", "0"))
SMS = Notification(1, 0, Channel.SMS, "+4790000001", SmsResult.NEW, NIGHT + MINUTE)


def until(order=ORDER, state=STATE, now=NIGHT + MINUTE):
    return held_until(order, state, ROW, now=now, window=WINDOW)


@pytest.mark.parametrize("now", [NIGHT, NIGHT + MINUTE, OPENING, LEAVES_AT - timedelta(microseconds=1)])
def test_sms_are_held_until_their_place_after_the_opening(now):
    assert OPENING < LEAVES_AT < OPENING + SPREAD
    assert until(now=now) == LEAVES_AT


def test_nothing_holds_them_from_then_on():
    assert until(now=LEAVES_AT) is None


def test_large_orders_are_held_until_the_last_page_may_leave():
    large = replace(STATE, pages=3)
    assert until(state=large) == until(state=large, now=OPENING) == OPENING + SPREAD


@pytest.mark.parametrize(
    ("order", "state"),
    [
        (replace(ORDER, sending_time_policy=SendingTimePolicy.ANYTIME), STATE),
        (replace(ORDER, type=OrderType.INSTANT, time_to_live_seconds=300), STATE),
        (replace(ORDER, requested_send_at=OPENING + 2 * SPREAD), STATE),
        (ORDER, replace(STATE, status=OrderStatus.COMPLETED)),
        (ORDER, replace(STATE, status=OrderStatus.CANCELLED)),
    ],
)
@pytest.mark.parametrize("pages", [0, 3])
def test_what_is_not_held(order, state, pages):
    assert until(order, replace(state, pages=pages)) is None


def test_hold_begins_when_the_sms_could_have_left():
    assert hold_of(ORDER, SMS, OPENING) == Hold(NIGHT + MINUTE, OPENING)
    prepared_before = replace(SMS, at=NIGHT - MINUTE)
    assert hold_of(ORDER, prepared_before, OPENING) == Hold(NIGHT, OPENING)


@pytest.mark.parametrize(
    ("notification", "until"),
    [
        (SMS, None),
        (replace(SMS, result=SmsResult.ACCEPTED), OPENING),
        (replace(SMS, result=SmsResult.FAILED_INVALID_RECIPIENT), OPENING),
        (Notification(1, 0, Channel.EMAIL, "kari@example.no", EmailResult.NEW, NIGHT), OPENING),
    ],
)
def test_only_what_has_not_left_is_held(notification, until):
    assert hold_of(ORDER, notification, until) is None
