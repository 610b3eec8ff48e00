"""Placing an order for many: what the request writes and what its pages do, and when it is refused."""

import asyncio
import time
from collections import Counter
from datetime import timedelta

import pytest

from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.recipients.identity_kind import IdentityKind
from shared.records.shipment_rows import state_of
from shared.runtime.beside_loop import REQUESTS
from shared.runtime.errors import TransientError
from shared.runtime.loop_watch import LoopWatch
from shared.services.placing import look_up_chain
from shared.services.placing import place_order as module
from shared.storage.keys import BY_RECIPIENT, ORDERS
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store
from tests.support.virtual_time import run_virtually


def people(count):
    return [Recipient(national_identity_number=f"{number:011}") for number in range(count)]


def phones(count):
    return [Recipient(mobile_number=f"+479{number:07}") for number in range(count)]


def request(world, recipients, later=timedelta()):
    return ChainRequest(
        OrderRequest(
            OrderType.NOTIFICATION,
            world.clock.now() + later,
            ChannelSchema.SMS,
            tuple(recipients),
            sms=SmsTemplate("Sender", "hei"),
            sending_time_policy=SendingTimePolicy.ANYTIME,
        )
    )


def index_rows(world):
    return [key for key in world.tables.rows if key[0] == BY_RECIPIENT]


async def work_off(process):
    while process.world.messages:
        await process.handle(process.world.messages.pop(0))


async def seen_by_support(process, number):
    at = process.world.clock.now()
    found = await process.app.find_by_recipient(
        IdentityKind.PERSON, number, from_at=at - timedelta(days=1), to_at=at + timedelta(days=1)
    )
    return found.shipments


async def test_the_index_rows_of_a_large_order_are_written_by_its_pages_before_they_send(world):
    process = Process(world)
    await process.place("ttd", request(world, people(1000)))
    assert index_rows(world) == []
    indexed_at_first_call = []
    submit = process.adapters.sms_gateway.submit

    async def watched(messages):
        indexed_at_first_call.append(len(index_rows(world)))
        return await submit(messages)

    process.adapters.sms_gateway.submit = watched
    await work_off(process)
    assert len(index_rows(world)) == 1000
    assert min(indexed_at_first_call) >= 100
    [shipment] = await seen_by_support(process, f"{999:011}")
    assert len(shipment.notifications) == 1


async def test_pages_that_are_worked_on_together_share_the_transactions_of_the_index(world, monkeypatch):
    process, writes = Process(world), Counter()
    write = Store.write

    async def counted(self, table, *rest):
        writes[table] += 1
        return await write(self, table, *rest)

    monkeypatch.setattr(Store, "write", counted)
    await process.place("ttd", request(world, people(1000)))
    await process.handle(world.messages.pop(0))
    await asyncio.gather(*(process.handle(message) for message in world.messages))
    assert len(index_rows(world)) == 1000
    assert writes[BY_RECIPIENT] <= 3 * 16


async def test_a_page_whose_index_cannot_be_written_sends_nothing_and_tries_again(world, monkeypatch):
    process = Process(world)
    await process.place("ttd", request(world, people(150)))
    write = Store.write

    async def failing(self, table, *rest):
        if table == BY_RECIPIENT:
            raise TransientError("this table is down")
        return await write(self, table, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", failing)
        for _ in range(10):
            await process.handle(world.messages.pop(0)) if world.messages else None
    assert not world.sms_calls
    await work_off(process)
    assert set(world.sms_calls.values()) == {1}
    assert len(index_rows(world)) == 150


async def test_a_page_that_is_looked_up_again_is_not_indexed_again(world, monkeypatch):
    process, added = Process(world), []
    index = process.app.find_by_recipient.by_recipient
    add_page = index.add_page

    async def noted(page):
        added.append(page.item)
        await add_page(page)

    monkeypatch.setattr(index, "add_page", noted)
    await process.place("ttd", request(world, people(101)))
    world.registers_down = True
    for _ in range(3):
        messages, world.messages = world.messages, []
        for message in messages:
            await process.handle(message)
        world.clock.at += timedelta(minutes=10)
    world.registers_down = False
    await work_off(process)
    assert set(world.sms_calls.values()) == {1}
    assert len(added) == len(set(added)) == 2


@pytest.mark.parametrize(
    ("table", "row", "recipients"),
    [
        (ORDERS, "|", phones(150)),
        (ORDERS, "S01", phones(1)),
        (ORDERS, "S01", phones(150)),
        (ORDERS, "P001", phones(150)),
        (ORDERS, "P001", people(150)),
        (BY_RECIPIENT, "|", people(3)),
    ],
    ids=["agenda", "order", "large order", "pages of phones", "pages of people", "index"],
)
def test_a_placement_that_takes_too_long_is_refused_in_time(world, monkeypatch, table, row, recipients):
    """The deadline also holds for index rows and pages, of which the sender decides how many there are."""
    write = Store.write

    async def slow(self, of_table, partition_key, operations):
        if of_table == table and row in operations[0].row_key:
            await asyncio.sleep(module.GIVE_UP.total_seconds() + 1)
        return await write(self, of_table, partition_key, operations)

    monkeypatch.setattr(Store, "write", slow)

    async def place():
        with pytest.raises(TransientError):
            await Process(world).place("ttd", request(world, recipients, timedelta(days=1)))
        assert asyncio.get_running_loop().time() <= module.GIVE_UP.total_seconds()

    run_virtually(place())
    assert not [key for key in world.tables.chains() if key[2].endswith("S01")]


async def test_large_orders_take_turns_and_those_that_wait_have_written_nothing(world, monkeypatch):
    monkeypatch.setattr(look_up_chain, "QUICK_RECIPIENTS", 100)
    process, go_on, begun = Process(world), asyncio.Event(), []
    insert_pages = process.orders.insert_pages

    async def held(orders):
        begun.append(orders[0].item)
        await go_on.wait()
        await insert_pages(orders)

    monkeypatch.setattr(process.orders, "insert_pages", held)
    placements = [
        asyncio.create_task(process.place("ttd", request(world, phones(101), timedelta(days=1))))
        for _ in range(5)
    ]
    for _ in range(100):
        await REQUESTS.run(lambda: None)  # what computes beside the loop has its turn
    assert len(begun) == len(world.tables.agenda()) == look_up_chain.LARGE_AT_ONCE
    go_on.set()
    assert len({receipt.chain_id for receipt in await asyncio.gather(*placements)}) == 5


async def test_the_loop_goes_on_while_a_large_order_is_placed(world):
    large = request(world, phones(100_000), timedelta(days=1))
    watch = LoopWatch(step=0.002, clock=time.process_time)
    watching = asyncio.create_task(watch.run())
    await asyncio.sleep(0.01)
    began = time.process_time()
    await Process(world).place("ttd", large)
    taken = time.process_time() - began
    await asyncio.sleep(0.01)
    watching.cancel()
    # of all computing: on a quiet machine a fiftieth, and three quarters if it is done on the loop
    assert watch.worst < taken / 4
    [order] = [row for key, row in world.tables.chains().items() if key[2].endswith("S01")]
    assert (state_of(order).status, state_of(order).pages) == (OrderStatus.REGISTERED, 1000)
