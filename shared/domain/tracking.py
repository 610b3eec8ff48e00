"""What is told about a shipment once it has ended; the feed keeps it, so later changes do not rewrite it."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.notification import Notification
from shared.domain.order import OrderRequest, OrderStatus, OrderType
from shared.domain.shipment import ShipmentState


@dataclass(frozen=True, slots=True)
class ClosedShipment:
    """The outcome of one shipment at the moment it was closed."""

    shipment_id: str
    type: OrderType
    status: OrderStatus
    closed_at: datetime
    senders_reference: str | None
    notifications: tuple[Notification, ...]


def closed_shipment(shipment_id: str, order: OrderRequest, state: ShipmentState) -> ClosedShipment:
    """Return the outcome of a shipment whose status is final."""
    return ClosedShipment(
        shipment_id, order.type, state.status, state.changed_at, order.senders_reference, state.notifications
    )
