"""Finds what was sent to one person, organisation or e-mail address, by any creator, for support."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.orders.ids import ItemId
from shared.domain.orders.notification import Notification
from shared.domain.orders.order import Channel
from shared.domain.recipients.email_address import address_key
from shared.domain.recipients.identity_kind import IdentityKind
from shared.domain.trace.standing import Instant, Standing, standing
from shared.records.shipment_rows import StoredShipment
from shared.services.times import Times
from shared.storage.orders import OrderTable
from shared.storage.recipient_index import EmailIndex, RecipientIndex

MAX_FOUND = 200  # rows read for one answer: about a second of work


@dataclass(frozen=True, slots=True)
class AddressedShipment:
    """A shipment, and its notifications to one recipient.

    `stored` is the order's own row without its texts, also for a large order. A shipment that ended before
    anything was sent has no notifications. `standing` is where these notifications stand.
    """

    stored: StoredShipment
    notifications: tuple[Notification, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Found:
    """The newest shipments, as they stood at `now`; `truncated` means that the range has older ones."""

    shipments: tuple[AddressedShipment, ...]
    truncated: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FindByRecipient:
    """Searches the indexes for support; reads the newest MAX_FOUND rows at most."""

    orders: OrderTable
    by_recipient: RecipientIndex
    email_index: EmailIndex
    times: Times

    async def __call__(self, kind: IdentityKind, number: str, *, from_at: datetime, to_at: datetime) -> Found:
        """Return the shipments with from_at ≤ requested send time < to_at that address the number."""
        rows = await self.by_recipient.find(kind, number, from_at=from_at, to_at=to_at, limit=MAX_FOUND + 1)

        def to_number(row: StoredShipment) -> Sequence[Notification] | None:
            mine = {i for i, to in enumerate(row.order.recipients) if kind.number_of(to) == number}
            return [n for n in row.state.notifications if n.recipient in mine] if mine else None

        return await self._found(rows, to_number, from_at, to_at)

    async def by_email(self, address: str, *, from_at: datetime, to_at: datetime) -> Found:
        """Return the shipments with from_at ≤ requested send time < to_at and e-mails to the address."""
        rows = await self.email_index.find(address, from_at=from_at, to_at=to_at, limit=MAX_FOUND + 1)
        wanted = address_key(address.strip())

        def to_address(row: StoredShipment) -> Sequence[Notification] | None:
            emails = (n for n in row.state.notifications if n.channel is Channel.EMAIL)
            return [n for n in emails if address_key(n.address) == wanted] or None

        return await self._found(rows, to_address, from_at, to_at)

    async def _found(
        self,
        items: Sequence[ItemId],
        wanted: Callable[[StoredShipment], Sequence[Notification] | None],
        from_at: datetime,
        to_at: datetime,
    ) -> Found:
        """Return the shipments of rows; `wanted` picks notifications, None from a row that is not wanted."""
        loaded = await self._load(items[:MAX_FOUND])
        owners = {
            row.item: row for row in await self._load([row.item.owner for row in loaded if row.item.page])
        }
        found: dict[ItemId, list[StoredShipment]] = {}
        for row in loaded:
            picked = wanted(row)
            if picked is None or not from_at <= row.order.requested_send_at < to_at:
                continue  # a row left by a repeat of the request, or an order that lost its content
            owners.setdefault(row.item.owner, row)
            own = replace(row, state=replace(row.state, notifications=tuple(picked)))
            found.setdefault(row.item.owner, []).append(own)
        at = Instant(self.times.now(), self.times.real_now(), self.times.window)
        shipments = tuple(_addressed(owners[item], rows, at) for item, rows in found.items())
        return Found(shipments, truncated=len(items) > MAX_FOUND, now=at.now)

    async def _load(self, rows: Iterable[ItemId]) -> list[StoredShipment]:
        return [_without_texts(stored) async for stored in self.orders.load_each(dict.fromkeys(rows))]


def _without_texts(stored: StoredShipment) -> StoredShipment:
    """Return a row without its texts, which no answer shows and which could fill the memory."""
    return replace(stored, order=replace(stored.order, email=None, sms=None))


def _addressed(stored: StoredShipment, rows: Sequence[StoredShipment], at: Instant) -> AddressedShipment:
    """Return a shipment with the notifications of these rows: pages of it, or itself."""
    ended_unsent = stored.state.status.ended_unsent  # its pages have notifications prepared
    notifications = () if ended_unsent else tuple(n for row in rows for n in row.state.notifications)
    state = stored.state if stored.state.pages else rows[0].state
    pages = [(row.item, row.state) for row in rows]
    return AddressedShipment(stored, notifications, standing(stored.order, state, stored.item, at, pages))
