"""The ids of messages to webhooks."""

from datetime import UTC, datetime

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.order import OrderStatus, OrderType
from shared.domain.webhooks.message import EVENT_TYPES, message_id, message_id_of_test

SHIPMENT = "5e2eb335-ffaa-4517-81a7-bf0000010000"


def test_an_entry_has_the_id_of_its_shipment():
    at = datetime(2031, 3, 3, tzinfo=UTC)
    closed = ClosedShipment(SHIPMENT, OrderType.NOTIFICATION, OrderStatus.COMPLETED, at, None, ())
    assert message_id(closed) == "msg_5e2eb335ffaa451781a7bf0000010000"


def test_ids_hold_no_dot_because_that_ends_an_id_in_what_is_signed():
    assert "." not in message_id_of_test()
    assert message_id_of_test() != message_id_of_test()


def test_every_status_in_which_a_shipment_ends_has_its_type():
    assert set(EVENT_TYPES) == {status for status in OrderStatus if status.is_final}
