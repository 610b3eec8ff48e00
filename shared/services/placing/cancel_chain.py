"""Cancels what can still be cancelled of a chain: its main order, its reminders, or the rest of them."""

import asyncio

from shared.domain.orders.ids import parse_id
from shared.domain.orders.instant_order import is_hidden
from shared.domain.orders.order import OrderStatus
from shared.records.order_rows import StoredOrder
from shared.runtime.errors import NotCancellableError, ShipmentNotFoundError
from shared.services.placing.cancel_order import CancelOrder
from shared.storage.orders import OrderTable


class CancelChain:
    """Cancels every shipment of a chain by the rule for a single one; each is decided for itself."""

    def __init__(self, *, orders: OrderTable, cancel_order: CancelOrder) -> None:
        self._orders = orders
        self._cancel_order = cancel_order

    async def __call__(self, creator: str, chain_id: str) -> list[StoredOrder]:
        """Return the shipments as they are then, main order first; their status tells which are cancelled.

        ShipmentNotFoundError: no chain of this creator. NotCancellableError: all have begun, have ended or
        are about to begin. TransientError: some may be cancelled and some not; to be repeated. An instant
        order is sent within its own request, so it always has begun; until that is known it is not found.
        """
        chain = parse_id(chain_id)
        receipt = await self._orders.load_receipt(chain) if chain is not None and chain.is_chain else None
        if receipt is None or receipt.creator != creator or is_hidden(receipt.main.order, receipt.main.state):
            raise ShipmentNotFoundError
        items = [receipt.item.of_shipment(number) for number in range(1, len(receipt.references) + 1)]
        found = await asyncio.gather(*(self._cancel_order.attempt(creator, item) for item in items))
        shipments = [stored for stored in found if stored is not None]  # others were purged
        if not shipments:
            raise ShipmentNotFoundError
        if all(stored.state.status is not OrderStatus.CANCELLED for stored in shipments):
            raise NotCancellableError
        return shipments
