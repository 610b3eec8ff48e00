"""Until when messages are worth sending, by channel, policy and type of order."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.ids import ItemId
from shared.domain.orders.lifetime import (
    EXPIRY_GRACE,
    closes_at,
    expires_at,
    might_leave_at,
    obeys_window,
    uses,
)
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderType, SendingTimePolicy
from shared.domain.sending.send_window import SendWindow

NOON = datetime(2031, 3, 3, 11, 0, tzinfo=UTC)  # a Monday in Oslo, window open
NIGHT = datetime(2031, 3, 3, 22, 0, tzinfo=UTC)
MORNING = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)
TWO_DAYS = timedelta(days=2)
WINDOW = SendWindow()


def order(schema=ChannelSchema.EMAIL_AND_SMS, at=NOON, **more):
    return OrderRequest(more.pop("type", OrderType.NOTIFICATION), at, schema, (), **more)


@pytest.mark.parametrize("channel", Channel)
def test_messages_are_worth_sending_for_two_days(channel):
    assert expires_at(order(), channel, WINDOW) == NOON + TWO_DAYS


def test_an_sms_that_has_to_wait_counts_from_the_opening_and_an_email_does_not():
    held = order(at=NIGHT, sending_time_policy=SendingTimePolicy.DAYTIME)
    assert expires_at(held, Channel.SMS, WINDOW) == MORNING + TWO_DAYS
    assert expires_at(held, Channel.EMAIL, WINDOW) == NIGHT + TWO_DAYS


def test_an_instant_sms_lives_as_long_as_it_says():
    code = order(ChannelSchema.SMS, type=OrderType.INSTANT, time_to_live_seconds=300)
    assert expires_at(code, Channel.SMS, WINDOW) == NOON + timedelta(minutes=5)


def test_an_order_closes_some_minutes_after_the_last_channel_it_may_use():
    held = {"at": NIGHT, "sending_time_policy": SendingTimePolicy.DAYTIME}
    assert closes_at(order(**held), WINDOW) == MORNING + TWO_DAYS + EXPIRY_GRACE
    assert closes_at(order(ChannelSchema.EMAIL, **held), WINDOW) == NIGHT + TWO_DAYS + EXPIRY_GRACE


@pytest.mark.parametrize("schema", ChannelSchema)
def test_only_an_order_for_one_channel_never_uses_the_other(schema):
    assert uses(order(schema), Channel.EMAIL) is (schema is not ChannelSchema.SMS)
    assert uses(order(schema), Channel.SMS) is (schema is not ChannelSchema.EMAIL)


@pytest.mark.parametrize(
    ("kind", "policy", "obeys"),
    [
        (OrderType.NOTIFICATION, None, True),
        (OrderType.REMINDER, SendingTimePolicy.DAYTIME, True),
        (OrderType.NOTIFICATION, SendingTimePolicy.ANYTIME, False),
        (OrderType.INSTANT, None, False),
    ],
)
def test_who_waits_for_the_window(kind, policy, obeys):
    assert obeys_window(order(type=kind, sending_time_policy=policy)) is obeys


@pytest.mark.parametrize(
    ("asked_at", "placed_at", "channel", "leaves_at"),
    [
        (NOON, NOON - TWO_DAYS, Channel.EMAIL, NOON),
        (NOON - TWO_DAYS, NOON, Channel.EMAIL, NOON),
        (NIGHT, NOON, Channel.EMAIL, NIGHT),
        (NIGHT, NOON, Channel.SMS, MORNING),
        (NOON, NIGHT, Channel.SMS, MORNING),
        (NOON, NOON, Channel.SMS, NOON),
    ],
)
def test_a_message_might_leave_once_it_is_placed_and_due_and_the_window_is_open(
    asked_at, placed_at, channel, leaves_at
):
    held = order(at=asked_at, sending_time_policy=SendingTimePolicy.DAYTIME)
    assert might_leave_at(held, ItemId("0" * 24, 1), channel, placed_at, WINDOW) == leaves_at
