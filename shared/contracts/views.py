"""From the domain to the values that the answers are built from."""

from collections.abc import Sequence
from datetime import datetime

from shared.contracts.responses import (
    ChainReceipt,
    FeedEntry,
    RecipientStatus,
    ShipmentReceipt,
    ShipmentView,
)
from shared.domain.notification import Notification
from shared.domain.order import OrderRequest
from shared.domain.shipment import ShipmentState
from shared.domain.tracking import ClosedShipment


def chain_receipt_view(chain_id: str, shipments: Sequence[tuple[str, str | None]]) -> ChainReceipt:
    """Return the receipt of a chain; `shipments` are (id, reference) pairs, the main order first."""
    receipts = [ShipmentReceipt(shipment_id, reference) for shipment_id, reference in shipments]
    return ChainReceipt(chain_id, receipts[0], tuple(receipts[1:]))


def shipment_view(
    shipment_id: str,
    order: OrderRequest,
    state: ShipmentState,
    created_at: datetime,
    notifications: Sequence[Notification],
) -> ShipmentView:
    """Return where a shipment stands; `notifications` are those of all its pages."""
    return ShipmentView(
        shipment_id=shipment_id,
        type=order.type,
        status=state.status,
        last_update=max(created_at, state.changed_at),
        senders_reference=order.senders_reference,
        recipients=_recipients(notifications),
    )


def feed_entry_view(sequence: int, closed: ClosedShipment) -> FeedEntry:
    """Return a feed entry."""
    view = ShipmentView(
        shipment_id=closed.shipment_id,
        type=closed.type,
        status=closed.status,
        last_update=closed.closed_at,
        senders_reference=closed.senders_reference,
        recipients=_recipients(closed.notifications),
    )
    return FeedEntry(sequence, view)


def _recipients(notifications: Sequence[Notification]) -> list[RecipientStatus]:
    return [RecipientStatus(n.channel, n.address, n.result.value, n.at) for n in notifications]
