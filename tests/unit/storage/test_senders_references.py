"""Orders are found by their sender's reference, through an index that is written with them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import ChannelSchema, EmailTemplate, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.records.shipment_rows import NewShipment
from shared.runtime.errors import TransientError
from shared.storage import keys
from shared.storage.orders import OrderTable
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


@pytest.fixture
def world():
    return w.World(w.VirtualClock(AT), w.VirtualClock(AT))


@pytest.fixture
def store(world):
    return Store(Process(world))


@pytest.fixture
def index(store):
    return SendersReferences(store, IDS)


def order(reference, creator="ttd", created_at=AT):
    item = IDS.random_chain().of_shipment(1)
    return NewShipment(item, creator, created_at, replace(ORDER, senders_reference=reference), STATE)


async def place(store, index, *orders):
    """Store orders as they are placed: each with its row in the index."""
    for each in orders:
        await OrderTable(store).insert([each], index.inserts([each]))


async def test_an_order_and_its_row_in_the_index_are_one_write(world, store, index):
    world.faults = [w.Fault.NONE, w.Fault.BEFORE]
    stored, refused = order("sak"), order("sak")
    await place(store, index, stored)
    with pytest.raises(TransientError):
        await place(store, index, refused)
    assert len(world.tables.chains()) == len(world.tables.index()) == 1
    assert await index.find("ttd", "sak") == [stored.item]


async def test_orders_of_all_partitions_are_found(store, index):
    orders = [order("sak", created_at=AT + timedelta(seconds=number)) for number in range(200)]
    await place(store, index, *orders)
    assert {keys.shard_of(each.item) for each in orders} == set(keys.SHARDS)
    assert await index.find("ttd", "sak") == [each.item for each in orders]


async def test_each_owner_finds_only_its_own_orders(store, index):
    own, other = order("sak"), order("sak", creator="skd")
    await place(store, index, own, other)
    assert await index.find("ttd", "sak") == [own.item]
    assert await index.find("skd", "sak") == [other.item]
    assert await index.find("tt", "dsak") == []


async def test_orders_with_one_reference_are_found_oldest_first(store, index):
    late, early = order("sak", created_at=AT + timedelta(hours=1)), order("sak")
    await place(store, index, late, early)
    assert await index.find("ttd", "sak") == [early.item, late.item]


async def test_an_order_without_a_reference_has_no_row_in_the_index(world, store, index):
    await place(store, index, order(None))
    assert not world.tables.index()


async def test_an_order_that_was_withdrawn_and_placed_again_is_found_once(store, index):
    first = order("sak")
    await place(store, index, first)
    again = replace(first, created_at=AT + timedelta(hours=1))
    orders = OrderTable(store)
    stored = await orders.load(first.item)
    await orders.rewrite(stored, again, index.inserts([again]))
    assert await index.find("ttd", "sak") == [first.item]
    assert (await orders.load(first.item)).created_at == again.created_at


async def test_rows_that_are_written_before_their_orders_may_be_there_already(index):
    early = order("sak")
    for _ in range(2):
        await index.add(early.item, index.inserts([early]))
    assert await index.find("ttd", "sak") == [early.item]
