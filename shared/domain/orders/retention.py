"""What stays of an order whose content was kept long enough: times, kind and results."""

from collections.abc import Sequence
from dataclasses import replace

from shared.domain.orders.order import EmailTemplate, OrderRequest, Recipient, SmsTemplate
from shared.domain.orders.shipment import ShipmentState


def without_content(order: OrderRequest) -> OrderRequest:
    """Return the order without texts, addresses and numbers; its recipients can still be counted."""
    email, sms = order.email, order.sms
    return replace(
        order,
        recipients=tuple(Recipient() for _ in order.recipients),
        condition_endpoint=None,
        email=None if email is None else EmailTemplate(email.from_address, "", "", email.content_type),
        sms=None if sms is None else SmsTemplate(sms.sender, ""),
    )


def without_addresses(state: ShipmentState) -> ShipmentState:
    """Return the state with its results and without the addresses."""
    notifications = tuple(replace(notification, address="") for notification in state.notifications)
    return replace(state, notifications=notifications, names={}, claims={})


def is_emptied(recipients: Sequence[Recipient], state: ShipmentState) -> bool:
    """Whether an order or page has lost its content already."""
    return state == without_addresses(state) and all(recipient == Recipient() for recipient in recipients)
