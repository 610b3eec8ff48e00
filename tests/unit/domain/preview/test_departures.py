"""When messages would leave: the window, its spread, clock changes, conditions, expiry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from shared.domain.orders.decision import decide
from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.preview.departures import departures
from shared.domain.sending.send_window import SendWindow

SPREAD = timedelta(minutes=10)
WINDOW = SendWindow(9, 17, SPREAD)
NIGHT = datetime(2031, 3, 3, 20, tzinfo=UTC)
OPENING = datetime(2031, 3, 4, 8, tzinfo=UTC)
HALF = ItemId("0" * 18 + "800000", 1)  # in the middle of the spread


def order(at=NIGHT, schema=ChannelSchema.EMAIL_AND_SMS, policy=SendingTimePolicy.DAYTIME, **more):
    return OrderRequest(
        more.pop("type", OrderType.NOTIFICATION),
        at,
        schema,
        (Recipient(national_identity_number="01017012345"),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate("Altinn", "hei"),
        sending_time_policy=policy,
        **more,
    )


def leaving(wanted, row=HALF, now=NIGHT):
    found = departures(wanted, row, now, WINDOW, lambda o, s, r, at: decide(o, s, r, now=at, window=WINDOW))
    return {each.channel: each for each in found}


def test_email_leaves_at_once_and_sms_at_its_place_after_the_opening():
    found = leaving(order())
    email, sms = found[Channel.EMAIL], found[Channel.SMS]
    assert (email.earliest, email.latest, email.is_held) == (NIGHT, NIGHT, False)
    assert email.worth_until == NIGHT + timedelta(hours=48)
    assert (sms.earliest, sms.latest, sms.is_held) == (OPENING + SPREAD / 2, OPENING + SPREAD / 2, True)
    assert sms.worth_until == OPENING + timedelta(hours=48)


def test_without_an_id_the_place_is_anywhere_in_the_spread():
    sms = leaving(order(), row=None)[Channel.SMS]
    assert sms.earliest == OPENING
    assert OPENING + SPREAD * 0.999 < sms.latest <= OPENING + SPREAD


def test_only_channels_that_the_order_may_use_leave():
    assert set(leaving(order(schema=ChannelSchema.SMS))) == {Channel.SMS}
    assert set(leaving(order(schema=ChannelSchema.EMAIL))) == {Channel.EMAIL}
    assert set(leaving(order(schema=ChannelSchema.SMS_PREFERRED))) == set(Channel)


def test_anytime_and_instant_sms_do_not_wait():
    at_any_time = leaving(order(policy=SendingTimePolicy.ANYTIME))[Channel.SMS]
    assert (at_any_time.earliest, at_any_time.is_held) == (NIGHT, False)
    instant = order(schema=ChannelSchema.SMS, type=OrderType.INSTANT, policy=None, time_to_live_seconds=300)
    sms = leaving(instant)[Channel.SMS]
    assert (sms.earliest, sms.worth_until) == (NIGHT, NIGHT + timedelta(seconds=300))


def test_a_later_order_leaves_at_its_time():
    at = datetime(2031, 3, 10, 12, tzinfo=UTC)
    found = leaving(order(at))
    assert {each.earliest for each in found.values()} == {at}
    assert not any(each.is_held for each in found.values())


def test_a_condition_that_is_met_changes_no_time():
    plain = order()
    assert leaving(replace(plain, condition_endpoint="https://sender.example")) == leaving(plain)


@pytest.mark.parametrize(
    ("evening", "opening", "lifetime_hours"),
    [
        (
            datetime(2031, 3, 29, 20, tzinfo=UTC),
            datetime(2031, 3, 30, 7, tzinfo=UTC),
            48,
        ),  # summer time begins
        (datetime(2031, 10, 25, 20, tzinfo=UTC), datetime(2031, 10, 26, 8, tzinfo=UTC), 48),
        (
            datetime(2031, 3, 28, 20, tzinfo=UTC),
            datetime(2031, 3, 29, 8, tzinfo=UTC),
            47,
        ),  # it begins meanwhile
        (datetime(2031, 10, 24, 20, tzinfo=UTC), datetime(2031, 10, 25, 7, tzinfo=UTC), 49),
    ],
)
def test_when_clocks_change_the_window_opens_at_nine_in_oslo(evening, opening, lifetime_hours):
    sms = leaving(order(evening), now=evening)[Channel.SMS]
    assert sms.earliest == opening + SPREAD / 2
    assert sms.worth_until == opening + timedelta(hours=lifetime_hours)


def test_what_expires_before_the_opening_never_leaves():
    narrow = partial(decide, window=WINDOW)
    wanted = order(schema=ChannelSchema.SMS, policy=SendingTimePolicy.DAYTIME, time_to_live_seconds=60)
    (sms,) = departures(wanted, HALF, NIGHT, WINDOW, lambda o, s, r, at: narrow(o, s, r, now=at))
    assert (sms.earliest, sms.latest) == (None, None)
