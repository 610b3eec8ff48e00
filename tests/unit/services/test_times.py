"""The two clocks of use cases, and the place of a shipment in the spread."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.orders.ids import IdMaker, ItemId
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
SPREAD = timedelta(minutes=10)
TIMES = Times(
    clock=VirtualClock(NOW),
    real_time=VirtualClock(NOW - timedelta(days=1)),
    window=SendWindow(),
    spread=SPREAD,
)


def chain(last_digits):
    return ItemId("0" * 18 + last_digits)


def test_business_time_and_real_time_are_told_apart():
    assert (TIMES.now(), TIMES.real_now()) == (NOW, NOW - timedelta(days=1))


def test_a_place_in_the_spread_is_from_its_beginning_to_before_its_end():
    assert TIMES.opening_delay(chain("000000")) == timedelta(0)
    assert TIMES.opening_delay(chain("800000")) == SPREAD / 2
    assert SPREAD - timedelta(seconds=1) < TIMES.opening_delay(chain("ffffff")) < SPREAD


def test_all_shipments_of_a_chain_have_one_place():
    one = IdMaker(b"0" * 32).random_chain()
    assert TIMES.opening_delay(one.of_shipment(1)) == TIMES.opening_delay(one.of_shipment(2).of_page(3))


def test_chains_are_spread_evenly():
    maker = IdMaker(b"0" * 32)
    delays = [TIMES.opening_delay(maker.random_chain()) for _ in range(2000)]
    early = sum(delay < SPREAD / 2 for delay in delays)
    assert 800 < early < 1200  # one run in 10**18 fails by chance


def test_the_real_time_at_which_work_is_forwarded_is_kept_once_it_is():
    kari = (Recipient(email_address="kari@example.no"),)
    email = EmailTemplate("noreply@example.no", "hei", "hei")
    order = OrderRequest(OrderType.NOTIFICATION, NOW, ChannelSchema.EMAIL, kari, email=email)
    registered = ShipmentState(OrderStatus.REGISTERED, NOW, AgendaKey("00", "x"))
    item = chain("000000").of_shipment(1)
    assert TIMES.decide(order, registered, item, NOW - timedelta(hours=1)).state.forwarded_at is None
    forwarded = TIMES.decide(order, registered, item, NOW).state
    assert forwarded.forwarded_at == TIMES.real_now()
    earlier = replace(forwarded, forwarded_at=NOW - timedelta(days=2))
    assert TIMES.decide(order, earlier, item, NOW).state.forwarded_at == NOW - timedelta(days=2)
