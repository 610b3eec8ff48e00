from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders import instant_order as instant
from shared.domain.orders.instant_order import InstantStage
from shared.domain.orders.notification import EmailResult, Outcome, SmsResult
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.orders.shipment import AgendaKey, Claim

NOW = datetime(2031, 5, 5, 10, 0, tzinfo=UTC)
CLAIM = Claim("token", 1, NOW + timedelta(seconds=50), NOW)
LATER = CLAIM.until + timedelta(seconds=1)
SMS = OrderRequest(
    OrderType.INSTANT,
    NOW,
    ChannelSchema.SMS,
    (Recipient(mobile_number="+4799999999"),),
    senders_reference="sak 1",
    sms=SmsTemplate("Altinn", "Koden er 1"),
    time_to_live_seconds=300,
)
EMAIL = OrderRequest(
    OrderType.INSTANT,
    NOW,
    ChannelSchema.EMAIL,
    (Recipient(email_address="kari@example.no"),),
    email=EmailTemplate("noreply@example.no", "Kvittering", "Takk"),
)


def claimed(order):
    return instant.claimed(order, AgendaKey("00", "row"), CLAIM, NOW)


@pytest.mark.parametrize(
    ("order", "channel", "address", "result"),
    [
        (SMS, Channel.SMS, "+4799999999", SmsResult.NEW),
        (EMAIL, Channel.EMAIL, "kari@example.no", EmailResult.NEW),
    ],
)
def test_claim_holds_the_one_notification(order, channel, address, result):
    state = claimed(order)
    (notification,) = state.notifications
    assert (notification.slot, notification.channel) == (instant.SLOT, channel)
    assert (notification.address, notification.result) == (address, result)
    assert state.claims == {channel: CLAIM}
    assert instant.stage_of(order, state, NOW) is InstantStage.RUNNING
    assert instant.is_hidden(order, state)


@pytest.mark.parametrize("order", [SMS, EMAIL])
def test_claim_that_ran_out_is_abandoned_and_ends_in_doubt(order):
    state = claimed(order)
    assert instant.stage_of(order, state, LATER) is InstantStage.ABANDONED
    doubtful = instant.in_doubt(order, state, LATER)
    assert instant.stage_of(order, doubtful, LATER) is InstantStage.ACCEPTED
    assert [n.result.value for n in doubtful.notifications] == ["Sending"]
    assert doubtful.claims == {}
    assert not instant.is_hidden(order, doubtful)


@pytest.mark.parametrize("result", [SmsResult.ACCEPTED, SmsResult.DELIVERED, SmsResult.FAILED])
def test_result_ends_the_claim_even_before_it_is_given_back(result):
    state = claimed(SMS).with_outcomes({instant.SLOT: Outcome(result, NOW, "ref")}, NOW)
    assert instant.stage_of(SMS, state, NOW) is InstantStage.ACCEPTED
    assert not instant.is_hidden(SMS, state)


def test_withdrawn_order_keeps_nothing_about_anybody():
    state, order = instant.withdrawn(claimed(SMS), LATER), instant.emptied(SMS)
    assert (state.status, state.notifications, state.claims) == (OrderStatus.REGISTERED, (), {})
    assert (order.recipients, order.sms, order.senders_reference) == ((), None, None)
    assert instant.stage_of(order, state, LATER) is InstantStage.WITHDRAWN
    assert instant.is_hidden(order, state)


def test_other_orders_are_never_hidden():
    assert not instant.is_hidden(replace(SMS, type=OrderType.NOTIFICATION), claimed(SMS))


def test_only_an_instant_email_in_doubt_counts_as_lost():
    (unknown,) = instant.in_doubt(EMAIL, claimed(EMAIL), NOW).notifications
    assert instant.is_lost(EMAIL, unknown)
    assert not instant.is_lost(EMAIL, replace(unknown, reference="operation"))
    assert not instant.is_lost(replace(EMAIL, type=OrderType.NOTIFICATION), unknown)
