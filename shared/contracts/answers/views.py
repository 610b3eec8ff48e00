"""From the domain to the values that the answers are built from."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from shared.contracts.answers.v2_answers import (
    ChainReceipt,
    FeedEntry,
    LogEntry,
    RecipientStatus,
    ShipmentReceipt,
    ShipmentView,
)
from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.ids import parse_id
from shared.domain.orders.notification import Notification
from shared.domain.orders.order import OrderRequest
from shared.domain.orders.shipment import ShipmentState


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


def log_entry_views(rows: Iterable[ClosedShipment]) -> list[LogEntry]:
    """Return what the log of a dialog says, by requested send time; a row is a shipment or a page of one."""
    entries = [_log_entry(row, notification) for row in rows for notification in row.notifications]
    return sorted(entries, key=lambda entry: (entry.requested_send_at, entry.notification_id))


def _log_entry(row: ClosedShipment, notification: Notification) -> LogEntry:
    item = parse_id(row.shipment_id)
    assert item is not None  # written from an id of ours
    return LogEntry(
        notification_id=str(item.of_notification(notification.slot)),
        type=row.type,
        channel=notification.channel,
        destination=notification.address,
        result=notification.result.value,
        requested_send_at=row.requested_send_at or row.closed_at,
        last_update=notification.at,
        dialog_id=row.dialog_id,
        transmission_id=row.transmission_id,
    )


def _recipients(notifications: Sequence[Notification]) -> list[RecipientStatus]:
    return [RecipientStatus(n.channel, n.address, n.result.value, n.at) for n in notifications]
