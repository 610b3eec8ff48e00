"""What is told about a shipment once it has ended; the feed keeps it, so later changes do not rewrite it."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.notification import Notification
from shared.domain.order import OrderRequest, OrderStatus, OrderType
from shared.domain.shipment import ShipmentState


@dataclass(frozen=True, slots=True)
class ClosedShipment:
    """The outcome of one shipment at the moment it was closed.

    The notifications of a large order are not repeated here: they are read from its `pages`.
    """

    shipment_id: str
    type: OrderType
    status: OrderStatus
    closed_at: datetime
    senders_reference: str | None
    notifications: tuple[Notification, ...]
    pages: int = 0


def closed_shipment(shipment_id: str, order: OrderRequest, state: ShipmentState) -> ClosedShipment:
    """Return the outcome of a shipment whose status is final."""
    return ClosedShipment(
        shipment_id=shipment_id,
        type=order.type,
        status=state.status,
        closed_at=state.changed_at,
        senders_reference=order.senders_reference,
        notifications=state.notifications,
        pages=state.pages,
    )
