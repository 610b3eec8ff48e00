"""The two clocks of use cases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import (
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.sending.send_window import SendWindow
from shared.services.times import Times
from tests.support.pipeline.world import VirtualClock

NOW = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
TIMES = Times(
    clock=VirtualClock(NOW),
    real_time=VirtualClock(NOW - timedelta(days=1)),
    window=SendWindow(),
)


def test_business_time_and_real_time_are_told_apart():
    assert (TIMES.now(), TIMES.real_now()) == (NOW, NOW - timedelta(days=1))


def test_the_real_time_at_which_work_is_forwarded_is_kept_once_it_is():
    kari = (Recipient(email_address="kari@example.no"),)
    email = EmailTemplate("noreply@example.no", "hei", "hei")
    order = OrderRequest(OrderType.NOTIFICATION, NOW, ChannelSchema.EMAIL, kari, email=email)
    registered = ShipmentState(OrderStatus.REGISTERED, NOW, AgendaKey("00", "x"))
    item = ItemId("0" * 24, 1)
    assert TIMES.decide(order, registered, item, NOW - timedelta(hours=1)).state.forwarded_at is None
    forwarded = TIMES.decide(order, registered, item, NOW).state
    assert forwarded.forwarded_at == TIMES.real_now()
    earlier = replace(forwarded, forwarded_at=NOW - timedelta(days=2))
    assert TIMES.decide(order, earlier, item, NOW).state.forwarded_at == NOW - timedelta(days=2)
