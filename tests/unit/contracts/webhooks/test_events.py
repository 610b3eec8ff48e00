"""The bodies that webhooks get are those of the feed in the envelope of Standard Webhooks."""

import json
from datetime import UTC, datetime

import pytest

from shared.contracts.answers.v2_answers import feed_entry
from shared.contracts.webhooks.events import event_of_test, shipment_event
from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.notification import EmailResult, Notification
from shared.domain.orders.order import Channel, OrderStatus, OrderType

AT = datetime(2031, 3, 3, 9, tzinfo=UTC)
SHIPMENT = "5e2eb335-ffaa-4517-81a7-bf0001000000"


@pytest.mark.parametrize(
    ("status", "event_type"),
    [
        (OrderStatus.COMPLETED, "shipment.completed"),
        (OrderStatus.SEND_CONDITION_NOT_MET, "shipment.send_condition_not_met"),
        (OrderStatus.CANCELLED, "shipment.cancelled"),
    ],
)
def test_an_entry_is_what_the_feed_answers(status, event_type):
    email = Notification(1, 0, Channel.EMAIL, "kari@example.no", EmailResult.DELIVERED, AT)
    closed = ClosedShipment(SHIPMENT, OrderType.REMINDER, status, AT, "blåbær", (email,))
    event = json.loads(shipment_event(7, closed))
    assert event == {
        "type": event_type,
        "timestamp": "2031-03-03T09:00:00Z",
        "data": json.loads(json.dumps(feed_entry(7, closed))),
    }
    assert shipment_event(7, closed) == shipment_event(7, closed)


def test_a_test_names_its_webhook():
    event = json.loads(event_of_test(SHIPMENT, AT))
    assert event == {
        "type": "webhook.test",
        "timestamp": "2031-03-03T09:00:00Z",
        "data": {"webhookId": SHIPMENT},
    }
