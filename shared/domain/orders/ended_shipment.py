"""The outcome of a shipment that has ended. The feed keeps it, so later changes do not rewrite it.

It also carries what the log of its dialog and the metrics need, so that they need not read the order again.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.orders.ids import ItemId, known_id
from shared.domain.orders.notification import Notification
from shared.domain.orders.order import Channel, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import ShipmentState
from shared.domain.texts.keywords import is_personal, sms_text
from shared.domain.texts.sms_text import as_sent, segment_count

_USUAL_PER_PAGE = 100  # a page without notifications has to be read, too


@dataclass(frozen=True, slots=True)
class SmsSize:
    """How long an SMS text is: in characters, and in parts as they are charged."""

    characters: int
    parts: int


@dataclass(frozen=True, slots=True)
class ClosedShipment:
    """The outcome of one shipment, or of one page of it, at the moment it was closed.

    The notifications of a large order are not repeated here: they are read from its `pages`, `on_pages` of
    them, unless it ended before any of them was sent. `sms_texts` are the sizes of the texts as sent, in the
    order of the SMS, where they differ from recipient to recipient.
    """

    shipment_id: str
    type: OrderType
    status: OrderStatus
    closed_at: datetime
    senders_reference: str | None
    notifications: tuple[Notification, ...]
    pages: int = 0
    on_pages: int = 0
    requested_send_at: datetime | None = None
    resource_id: str | None = None
    dialog_id: str | None = None
    transmission_id: str | None = None
    sms_template: SmsSize | None = None
    sms_texts: tuple[SmsSize, ...] = ()

    @property
    def item(self) -> ItemId:
        """The id of the shipment or page."""
        return known_id(self.shipment_id)

    @property
    def size(self) -> int:
        """How many notifications to reckon with: its own, or what its pages usually hold if that is more."""
        return len(self.notifications) + max(self.on_pages, self.pages * _USUAL_PER_PAGE)

    @property
    def sms_sizes(self) -> dict[int, SmsSize]:
        """The size of every SMS by slot; of one without an address, zero."""
        sms = [n for n in self.notifications if n.channel is Channel.SMS]
        plain = self.sms_template or SmsSize(0, 0)
        sizes = self.sms_texts or (plain,) * len(sms)
        return {n.slot: size if n.address else SmsSize(0, 0) for n, size in zip(sms, sizes, strict=True)}


@dataclass(frozen=True, slots=True)
class SentNotification:
    """One notification of an ended shipment; `shipment` is the shipment or page that it belongs to.

    `size` is None except for SMS.
    """

    owner: str
    item: ItemId
    shipment: ClosedShipment
    notification: Notification
    size: SmsSize | None


def closed_shipment(shipment_id: str, order: OrderRequest, state: ShipmentState) -> ClosedShipment:
    """Return the outcome of a shipment or page whose status is final."""
    return ClosedShipment(
        shipment_id=shipment_id,
        type=order.type,
        status=state.status,
        closed_at=state.changed_at,
        senders_reference=order.senders_reference,
        notifications=state.notifications,
        pages=0 if state.status.ended_unsent else state.pages,
        requested_send_at=order.requested_send_at,
        resource_id=order.resource_id,
        dialog_id=order.dialog_id,
        transmission_id=order.transmission_id,
        sms_template=None if order.sms is None else _size(order.sms.body),
        sms_texts=_individual_sizes(order, state),
    )


def _individual_sizes(order: OrderRequest, state: ShipmentState) -> tuple[SmsSize, ...]:
    if order.sms is None or not is_personal(order, Channel.SMS):
        return ()
    return tuple(
        _size(sms_text(order, n.recipient, state.names))
        for n in state.notifications
        if n.channel is Channel.SMS
    )


def _size(text: str) -> SmsSize:
    sent = as_sent(text)
    return SmsSize(len(sent), segment_count(sent))
