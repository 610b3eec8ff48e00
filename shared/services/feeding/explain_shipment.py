"""Explains a shipment: what happened to it, where it stands and why, and what happens next."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.orders.notification import Outcome
from shared.domain.orders.order import Channel
from shared.domain.trace.events import Events
from shared.domain.trace.history import of_pages, told
from shared.domain.trace.standing import Instant, Standing, standing
from shared.records.shipment_rows import StoredShipment
from shared.services.feeding.read_status import ReadStatus, take_for
from shared.services.times import Times
from shared.services.turns import Turns
from shared.storage.acceptances import only_one
from shared.storage.orders import OrderTable


@dataclass(frozen=True, slots=True)
class Explained:
    """A shipment, its events in the order of time, and where it stood at the instant `now`."""

    stored: StoredShipment
    events: Events
    standing: Standing
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainShipment:
    """Answers who may see a shipment; that takes more reads than its status, and no write."""

    orders: OrderTable
    read_status: ReadStatus
    answer_turns: Turns
    times: Times

    async def __call__(self, creator: str | None, shipment_id: str) -> Explained:
        """Explain a shipment of this creator, or of anybody if None; ShipmentNotFoundError without one."""
        stored = await self.read_status.shipment(creator, shipment_id)
        state, at = stored.state, Instant(self.times.now(), self.times.real_now(), self.times.window)
        events = told(state, stored.created_at, await self._noted(stored))
        async with self.answer_turns.of(stored.creator) as turn:
            await take_for(turn, state.pages)
            pages = await self.orders.pages.states(stored.item, state.pages) if state.pages else ()
        if pages and not state.status.ended_unsent:  # such pages have messages prepared that were not sent
            events = of_pages(events, (page for _, page in pages))
        return Explained(stored, events, standing(stored.order, state, stored.item, at, pages), at.now)

    async def _noted(self, stored: StoredShipment) -> tuple[Channel, Outcome] | None:
        notification = only_one(stored)
        noted = None if notification is None else await self.orders.acceptances.noted_of(stored)
        return None if notification is None or noted is None else (notification.channel, noted)
