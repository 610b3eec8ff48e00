"""Cancels an order that has not begun: the conditional write decides between the caller and the pipeline."""

from datetime import datetime

from shared.domain.orders.ids import ItemId, parse_id
from shared.domain.orders.order import OrderStatus
from shared.domain.orders.shipment import CANCEL_MARGIN, cancelled
from shared.records.order_rows import StoredOrder
from shared.runtime.clock import Clock
from shared.runtime.errors import ConflictError, NotCancellableError, OrderNotFoundError, TransientError
from shared.services.advancing.hand_over import DIRECT_SECONDS, HandOver
from shared.storage.orders import OrderTable

_ROUNDS = 5


class CancelOrder:
    """Cancels one shipment; reminders of the same chain are shipments of their own and stay."""

    def __init__(self, *, orders: OrderTable, hand_over: HandOver, clock: Clock) -> None:
        self._orders = orders
        self._hand_over = hand_over
        self._clock = clock

    async def __call__(self, creator: str, order_id: str) -> StoredOrder:
        """Return the cancelled order, also when it was cancelled before.

        OrderNotFoundError: not this creator's. NotCancellableError: begun, ended, or about to begin.
        """
        item = parse_id(order_id)
        stored = await self.attempt(creator, item) if item is not None and item.is_shipment else None
        if stored is None:
            raise OrderNotFoundError
        if stored.state.status is not OrderStatus.CANCELLED:
            raise NotCancellableError
        return stored

    async def attempt(self, creator: str, item: ItemId) -> StoredOrder | None:
        """Cancel a shipment if that can be done; return it as it is then, None when it is not this creator's.

        TransientError: it could not be decided now.
        """
        for _ in range(_ROUNDS):
            stored = await self._orders.load(item)
            if stored is None or stored.creator != creator:
                return None
            now = self._clock.now()
            if not _is_cancellable(stored, now):
                return stored
            try:
                saved = (await self._orders.save(stored, cancelled(stored.state, now))).stored
            except ConflictError:
                continue  # somebody changed it: perhaps it has begun
            # the feed need not wait for the send time; what the queue does not take, the agenda row brings
            await self._hand_over.publish(saved, deadline=DIRECT_SECONDS)
            return saved
        raise TransientError("the order stayed contended")


def _is_cancellable(stored: StoredOrder, now: datetime) -> bool:
    is_far_enough = stored.order.requested_send_at > now + CANCEL_MARGIN
    return is_far_enough and stored.state.status is OrderStatus.REGISTERED
