"""Everything that is written so that an order can be found by something else than its id."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from shared.records.shipment_rows import NewShipment


class OrderIndex(Protocol):
    """An index whose rows are written before the order; a row without an order does no harm."""

    async def add(self, creator: str, orders: Sequence[NewShipment]) -> None:
        """Write the rows of orders about to be stored; rows already there are fine."""
        ...


class OrderIndexes:
    """Several indexes as one, written side by side."""

    def __init__(self, *indexes: OrderIndex) -> None:
        self._indexes = indexes

    async def add(self, creator: str, orders: Sequence[NewShipment]) -> None:
        """Write the rows of orders about to be stored into all indexes."""
        await asyncio.gather(*(index.add(creator, orders) for index in self._indexes))
