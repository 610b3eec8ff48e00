"""Orders are found by their sender's reference; those placed together share the writes of the index."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import ChannelSchema, EmailTemplate, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.records.shipment_rows import NewShipment
from shared.runtime.errors import TransientError
from shared.storage import keys
from shared.storage.senders_references import SendersReferences
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store

AT = w.start_of_day()
IDS = IdMaker(b"0" * 32)
STATE = ShipmentState(OrderStatus.REGISTERED, AT, AgendaKey("00", "x"))
ORDER = OrderRequest(
    OrderType.NOTIFICATION, AT, ChannelSchema.EMAIL, (), email=EmailTemplate("from@example.no", "hei", "hei")
)


class CountingStore(Store):
    """Counts the writes of each partition."""

    def __init__(self, process):
        super().__init__(process)
        self.writes = Counter()

    async def write(self, table, partition_key, operations):
        self.writes[partition_key] += 1
        return await super().write(table, partition_key, operations)


@pytest.fixture
def world():
    return w.World(w.VirtualClock(AT), w.VirtualClock(AT))


@pytest.fixture
def store(world):
    return CountingStore(Process(world))


@pytest.fixture
def index(store):
    return SendersReferences(store, IDS)


def order(reference, creator="ttd", created_at=AT):
    item = IDS.random_chain().of_shipment(1)
    return NewShipment(item, creator, created_at, replace(ORDER, senders_reference=reference), STATE)


async def test_orders_that_are_placed_together_share_writes(store, index):
    orders = [order(f"sak-{number}") for number in range(200)]
    await asyncio.gather(*(index.add([each]) for each in orders))
    shards = {keys.senders_reference_shard(IDS.digest("ttd", f"sak-{number}")) for number in range(200)}
    assert set(store.writes) == shards
    assert store.writes.total() <= 4 * 3, "the first of each shard is written alone, then 50 at a time"
    for number, each in enumerate(orders):
        assert await index.find("ttd", f"sak-{number}") == [each.item]


async def test_each_owner_finds_only_its_own_orders(index):
    own, other = order("sak"), order("sak", creator="skd")
    await index.add([own, other])
    assert await index.find("ttd", "sak") == [own.item]
    assert await index.find("skd", "sak") == [other.item]
    assert await index.find("tt", "dsak") == []


async def test_orders_with_one_reference_are_found_oldest_first(index):
    late, early = order("sak", created_at=AT + timedelta(hours=1)), order("sak")
    await index.add([late])
    await index.add([early])
    await index.add([early])  # a repeat of the request
    assert await index.find("ttd", "sak") == [early.item, late.item]


async def test_orders_without_a_reference_write_nothing(store, index):
    await index.add([order(None)])
    assert not store.writes


async def test_an_index_that_cannot_be_written_refuses_the_order(world, index):
    world.storage_down = True
    with pytest.raises(TransientError):
        await index.add([order("sak")])
