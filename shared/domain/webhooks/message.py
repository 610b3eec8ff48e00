"""What identifies a message to a webhook, over all tries and all webhooks of an owner."""

import secrets
from typing import Final

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.order import OrderStatus

TEST_TYPE: Final = "webhook.test"
EVENT_TYPES = {
    OrderStatus.COMPLETED: "shipment.completed",
    OrderStatus.SEND_CONDITION_NOT_MET: "shipment.send_condition_not_met",
    OrderStatus.CANCELLED: "shipment.cancelled",
}


def message_id(closed: ClosedShipment) -> str:
    """Return the `webhook-id` of an entry: its shipment's, because a shipment has one entry."""
    return f"msg_{closed.shipment_id.replace('-', '')}"


def message_id_of_test() -> str:
    """Return the `webhook-id` of a test, which no other message has."""
    return f"msg_test_{secrets.token_hex(16)}"
