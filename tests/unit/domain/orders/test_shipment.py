"""How a shipment comes to its end, result by result and page by page."""

from dataclasses import replace
from datetime import UTC, datetime

from shared.domain.orders.notification import EmailResult, Notification, Outcome, SmsResult
from shared.domain.orders.order import Channel, OrderStatus
from shared.domain.orders.shipment import AgendaKey, ShipmentState

MORNING = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
EVENING = datetime(2031, 3, 3, 19, 0, tzinfo=UTC)
PROCESSED = ShipmentState(OrderStatus.PROCESSED, MORNING, AgendaKey("00", "k"))


def test_the_last_result_completes_an_order() -> None:
    state = replace(
        PROCESSED,
        notifications=(
            Notification(1, 0, Channel.EMAIL, "a@example.no", EmailResult.NEW, MORNING),
            Notification(2, 0, Channel.SMS, "+4790000001", SmsResult.ACCEPTED, MORNING),
        ),
    )
    one = state.with_outcomes({1: Outcome(EmailResult.DELIVERED, MORNING)}, MORNING)
    assert one.status is OrderStatus.PROCESSED
    both = one.with_outcomes({2: Outcome(SmsResult.FAILED_UNDELIVERED, MORNING)}, EVENING)
    assert (both.status, both.changed_at) == (OrderStatus.COMPLETED, EVENING)


def test_a_large_order_completes_with_its_last_page() -> None:
    state = replace(PROCESSED, pages=2)
    assert state.with_page_done(MORNING).status is OrderStatus.PROCESSED
    assert state.with_page_done(MORNING).with_page_done(MORNING).status is OrderStatus.COMPLETED
