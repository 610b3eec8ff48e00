"""The bodies of messages to webhooks: Standard Webhooks' envelope around an entry of the feed."""

from datetime import datetime
from typing import Any, Literal, TypedDict

from shared.contracts.answers.json_out import to_json
from shared.contracts.answers.v2_answers import FeedEntryAnswer, feed_entry
from shared.contracts.answers.wire_types import Instant, Uuid
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.webhooks.message import EVENT_TYPES, TEST_TYPE

type ShipmentEventType = Literal[
    "shipment.completed", "shipment.send_condition_not_met", "shipment.cancelled"
]


class ShipmentEvent(TypedDict):
    """An entry of the feed as a webhook gets it; `data` is what the feed answers."""

    type: ShipmentEventType
    timestamp: Instant
    data: FeedEntryAnswer


class WebhookTestData(TypedDict):
    """Which webhook a test was sent for."""

    webhookId: Uuid


class WebhookTestEvent(TypedDict):
    """A test, which stands for no entry of the feed."""

    type: Literal["webhook.test"]
    timestamp: Instant
    data: WebhookTestData


def shipment_event(sequence_number: int, closed: ClosedShipment) -> bytes:
    """Return the body of an entry, the same at every try."""
    event_type: Any = EVENT_TYPES[closed.status]
    event: ShipmentEvent = {
        "type": event_type,
        "timestamp": format_instant(closed.closed_at),
        "data": feed_entry(sequence_number, closed),
    }
    return to_json({**event})


def event_of_test(webhook_id: str, at: datetime) -> bytes:
    """Return the body of a test."""
    event: WebhookTestEvent = {
        "type": TEST_TYPE,
        "timestamp": format_instant(at),
        "data": {"webhookId": webhook_id},
    }
    return to_json({**event})
