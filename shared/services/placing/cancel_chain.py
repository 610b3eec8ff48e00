"""Cancels a chain as far as that is still possible: its main order and its reminders."""

import asyncio
from dataclasses import dataclass

from shared.domain.orders.ids import parse_id
from shared.domain.orders.instant_order import is_hidden
from shared.domain.orders.order import OrderStatus
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import NotCancellableError, ShipmentNotFoundError
from shared.services.placing.cancel_order import CancelOrder
from shared.storage.orders import OrderTable


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelChain:
    """Cancels every shipment of a chain, each by the rule for a single one."""

    orders: OrderTable
    cancel_order: CancelOrder

    async def __call__(self, creator: str, chain_id: str) -> list[StoredShipment]:
        """Return the shipments afterwards, main order first; their status says which are cancelled.

        ShipmentNotFoundError: no chain of this creator. NotCancellableError: all have begun, have ended or
        are about to begin. TransientError: some may be cancelled and some not; to be repeated. An instant
        order has always begun, because its own request sends it; it is not found until it may have been sent.
        """
        chain = parse_id(chain_id)
        receipt = await self.orders.load_receipt(chain) if chain is not None and chain.is_chain else None
        if (
            receipt is None
            or receipt.main.creator != creator
            or is_hidden(receipt.main.order, receipt.main.state)
        ):
            raise ShipmentNotFoundError
        items = [receipt.main.item.of_shipment(number) for number in range(1, len(receipt.references) + 1)]
        found = await asyncio.gather(*(self.cancel_order.attempt(creator, item) for item in items))
        shipments = [stored for stored in found if stored is not None]  # others were purged
        if not shipments:
            raise ShipmentNotFoundError
        if all(stored.state.status is not OrderStatus.CANCELLED for stored in shipments):
            raise NotCancellableError
        return shipments

    async def by_any_id(self, creator: str, item_id: str) -> StoredShipment:
        """Cancel an order, or with the id of a chain its main order and the reminders; return that order.

        OrderNotFoundError: neither of this creator. NotCancellableError: the order, or the main order of the
        chain, has begun, has ended or is about to begin; then nothing is cancelled.
        """
        item = parse_id(item_id)
        if item is None or not item.is_chain:
            return await self.cancel_order(creator, item_id)
        main = await self.cancel_order(creator, str(item.of_shipment(1)))
        await self(creator, item_id)
        return main
