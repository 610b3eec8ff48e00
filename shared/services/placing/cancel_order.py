"""Cancels an order that has not begun; its conditional write decides whether the pipeline was faster."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.orders.ids import ItemId, parse_id
from shared.domain.orders.order import OrderStatus
from shared.domain.orders.shipment import CANCEL_MARGIN, cancelled
from shared.records.shipment_rows import StoredShipment
from shared.runtime.clock import Clock
from shared.runtime.errors import ConflictError, NotCancellableError, OrderNotFoundError, TransientError
from shared.services.handling.work_queues import DIRECT_SECONDS, WorkQueues
from shared.storage.orders import OrderTable

_ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancels one shipment; the reminders of its chain are shipments of their own and stay."""

    orders: OrderTable
    work_queues: WorkQueues
    clock: Clock

    async def __call__(self, creator: str, order_id: str) -> StoredShipment:
        """Return the cancelled order, also when it was cancelled before.

        OrderNotFoundError: no order of this creator. NotCancellableError: begun, ended, or about to begin.
        """
        item = parse_id(order_id)
        stored = await self.attempt(creator, item) if item is not None and item.is_shipment else None
        if stored is None:
            raise OrderNotFoundError
        if stored.state.status is not OrderStatus.CANCELLED:
            raise NotCancellableError
        return stored

    async def attempt(self, creator: str, item: ItemId) -> StoredShipment | None:
        """Cancel a shipment if possible; return it as it is then, None if it is not this creator's.

        TransientError: that could not be decided now.
        """
        for _ in range(_ROUNDS):
            stored = await self.orders.load(item)
            if stored is None or stored.creator != creator:
                return None
            now = self.clock.now()
            if not _is_cancellable(stored, now):
                return stored
            try:
                saved = (await self.orders.save(stored, cancelled(stored.state, now))).stored
            except ConflictError:
                continue  # it was changed meanwhile: perhaps it has begun
            # so the feed need not wait for the send time; if the queue fails, the agenda row does it
            await self.work_queues.publish(saved, deadline=DIRECT_SECONDS)
            return saved
        raise TransientError("the order stayed contended")


def _is_cancellable(stored: StoredShipment, now: datetime) -> bool:
    is_far_enough = stored.order.requested_send_at > now + CANCEL_MARGIN
    return is_far_enough and stored.state.status is OrderStatus.REGISTERED
