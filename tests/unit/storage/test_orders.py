"""Rows of orders that are read in parts."""

import asyncio
from datetime import UTC, datetime

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import ChannelSchema, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.records.shipment_rows import NewShipment
from shared.storage.orders import OrderTable
from tests.support.pipeline import world as w
from tests.support.pipeline.ended_orders import WatchedStore

AT = datetime(2031, 5, 5, 10, tzinfo=UTC)
IDS = IdMaker(b"k" * 32)
STATE = ShipmentState(OrderStatus.REGISTERED, AT, AgendaKey("00", "x"))


class SlowStore(WatchedStore):
    """Counts the reads that are under way together."""

    reading = most = 0

    async def get(self, *arguments):
        self.reading += 1
        self.most = max(self.most, self.reading)
        await asyncio.sleep(0)
        self.reading -= 1
        return await super().get(*arguments)


async def test_rows_are_read_side_by_side_in_their_order_without_those_that_are_gone():
    store = SlowStore(w.VirtualClock(AT))
    table = OrderTable(store)
    items = [IDS.random_chain().of_shipment(1) for _ in range(40)]
    order = OrderRequest(OrderType.NOTIFICATION, AT, ChannelSchema.EMAIL, ())
    there = [item for number, item in enumerate(items) if number % 7]
    for item in there:
        await table.insert([NewShipment(item, "ttd", AT, order, STATE)])
    assert [stored.item async for stored in table.load_each(items)] == there
    assert store.most == 16
