"""Cancels an order that has not begun: the conditional write decides between the caller and the pipeline."""

from datetime import datetime

from shared.clock import Clock
from shared.domain.order import OrderStatus
from shared.domain.shipment import CANCEL_MARGIN, cancelled
from shared.errors import ConflictError, NotCancellableError, OrderNotFoundError, TransientError
from shared.ids import parse_id
from shared.storage.order_rows import StoredOrder
from shared.storage.orders import OrderTable

_ROUNDS = 5


class CancelOrder:
    """Cancels one shipment; reminders of the same chain are shipments of their own and stay."""

    def __init__(self, *, orders: OrderTable, clock: Clock) -> None:
        self._orders = orders
        self._clock = clock

    async def __call__(self, creator: str, order_id: str) -> StoredOrder:
        """Return the cancelled order, also when it was cancelled before.

        OrderNotFoundError: not this creator's. NotCancellableError: begun, ended, or about to begin.
        """
        item = parse_id(order_id)
        for _ in range(_ROUNDS):
            stored = await self._orders.load(item) if item is not None and item.is_shipment else None
            if stored is None or stored.creator != creator:
                raise OrderNotFoundError
            if stored.state.status is OrderStatus.CANCELLED:
                return stored
            now = self._clock.now()
            self._check(stored, now)
            try:
                return (await self._orders.save(stored, cancelled(stored.state, now))).stored
            except ConflictError:
                continue  # somebody changed it: perhaps it has begun
        raise TransientError("the order stayed contended")

    def _check(self, stored: StoredOrder, now: datetime) -> None:
        if stored.order.requested_send_at <= now + CANCEL_MARGIN:
            raise NotCancellableError
        if stored.state.status is not OrderStatus.REGISTERED:
            raise NotCancellableError
