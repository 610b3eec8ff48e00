"""SMS that are held: until the window opens, and then until their place after the opening."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.orders.ids import ItemId
from shared.domain.orders.lifetime import closes_at, may_leave_at, obeys_window
from shared.domain.orders.notification import Notification
from shared.domain.orders.order import Channel, OrderRequest
from shared.domain.orders.shipment import ShipmentState
from shared.domain.sending.send_window import SendWindow


@dataclass(frozen=True, slots=True)
class Hold:
    """Since when an SMS could have left if nothing held it, and when it may leave."""

    since: datetime
    until: datetime


def held_until(
    order: OrderRequest, state: ShipmentState, row: ItemId, *, now: datetime, window: SendWindow
) -> datetime | None:
    """Return when the unsent SMS of a shipment may leave; None if nothing holds them now.

    For a large shipment that is when the last of its pages may.
    """
    if state.status.is_final or now < order.requested_send_at:
        return None
    if state.pages and obeys_window(order):
        leaves_at = window.may_leave_at(order.requested_send_at, now, 1)
    else:
        leaves_at = may_leave_at(order, row, window, now)
    return min(leaves_at, closes_at(order, window)) if now < leaves_at else None


def hold_of(order: OrderRequest, notification: Notification, until: datetime | None) -> Hold | None:
    """Return how long one SMS is held; None for what has left, for e-mails, and if `until` is None."""
    if until is None or notification.channel is not Channel.SMS or not notification.is_unsent:
        return None
    return Hold(max(notification.at, order.requested_send_at), until)
