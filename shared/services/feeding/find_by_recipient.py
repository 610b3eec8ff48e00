"""Finds what was sent to one person or organisation, by any creator, for support."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.orders.ids import ItemId
from shared.domain.orders.notification import Notification
from shared.domain.recipients.identity_kind import IdentityKind
from shared.records.shipment_rows import StoredShipment
from shared.storage.orders import OrderTable
from shared.storage.recipient_index import RecipientIndex

MAX_FOUND = 200  # rows read for one answer: about a second of work


@dataclass(frozen=True, slots=True)
class AddressedShipment:
    """A shipment, and its notifications to one recipient.

    `stored` is the order's own row without its texts, also for a large order. A shipment that ended before
    anything was sent has no notifications.
    """

    stored: StoredShipment
    notifications: tuple[Notification, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The newest shipments; `truncated` means that the range has older ones."""

    shipments: tuple[AddressedShipment, ...]
    truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FindByRecipient:
    """Searches the index by recipient; reads the newest MAX_FOUND rows at most."""

    orders: OrderTable
    by_recipient: RecipientIndex

    async def __call__(self, kind: IdentityKind, number: str, *, from_at: datetime, to_at: datetime) -> Found:
        """Return the shipments with from_at ≤ requested send time < to_at that address the number."""
        rows = await self.by_recipient.find(kind, number, from_at=from_at, to_at=to_at, limit=MAX_FOUND + 1)
        shipments: dict[ItemId, AddressedShipment] = {}
        loaded = await self._load(rows[:MAX_FOUND])
        owners = {
            row.item: row for row in await self._load([row.item.owner for row in loaded if row.item.page])
        }
        for row in loaded:
            mine = {i for i, to in enumerate(row.order.recipients) if kind.number_of(to) == number}
            if not mine or not from_at <= row.order.requested_send_at < to_at:
                continue  # a row left by a repeat of the request, or an order that lost its content
            stored = owners.get(row.item.owner, row)
            ended_unsent = stored.state.status.ended_unsent  # its pages have notifications prepared
            notifications = tuple(
                n for n in row.state.notifications if n.recipient in mine and not ended_unsent
            )
            before = shipments.get(stored.item)
            if before is not None:
                notifications = before.notifications + notifications
            shipments[stored.item] = AddressedShipment(stored, notifications)
        return Found(tuple(shipments.values()), truncated=len(rows) > MAX_FOUND)

    async def _load(self, rows: Iterable[ItemId]) -> list[StoredShipment]:
        return [_without_texts(stored) async for stored in self.orders.load_each(dict.fromkeys(rows))]


def _without_texts(stored: StoredShipment) -> StoredShipment:
    """Return a row without its texts, which no answer shows and which could fill the memory."""
    return replace(stored, order=replace(stored.order, email=None, sms=None))
