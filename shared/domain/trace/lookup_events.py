"""What the registers said about the recipients of an order, as events: counts, and never an address."""

from collections.abc import Mapping
from datetime import datetime

from shared.domain.orders.order import OrderRequest, Recipient
from shared.domain.recipients.contact_points import ContactPoints, selected
from shared.domain.trace.events import Event, EventKind, Register


def lookup_events(order: OrderRequest, contacts: Mapping[int, ContactPoints], now: datetime) -> list[Event]:
    """Return an event for every register that answered; `contacts` is what it said, by index."""
    by_register: dict[Register, list[ContactPoints]] = {}
    for index, points in sorted(contacts.items()):
        by_register.setdefault(register_of(order.recipients[index]), []).append(points)
    return [_event(order, register, found, now) for register, found in by_register.items()]


def _event(order: OrderRequest, register: Register, found: list[ContactPoints], now: datetime) -> Event:
    addresses = [sum(map(len, selected(points, order.channel_schema).values())) for points in found]
    return Event(
        EventKind.LOOKED_UP,
        now,
        detail=register,
        count=len(found),
        reserved=sum(points.reserved for points in found),
        missing=sum(not known for known, points in zip(addresses, found, strict=True) if not points.reserved),
        addresses=sum(addresses),
    )


def register_of(recipient: Recipient) -> Register:
    """Return the register that knows the addresses of a recipient without one."""
    if recipient.national_identity_number:
        return Register.PERSONS
    return Register.ORGANIZATIONS if recipient.organization_number else Register.EXTERNAL_IDENTITIES
