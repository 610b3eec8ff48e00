"""A report that reaches the process that sent needs no read, and an old memory does no harm."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.notification import EmailResult, Outcome
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.domain.orders.order import OrderStatus as Status
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process


@pytest.fixture
def world():
    return w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))


@pytest.fixture
def process(world):
    return Process(world)


@pytest.fixture
def loads(process, monkeypatch):
    """Count the reads of rows."""
    counted, load = [], process.orders.load

    async def counting_load(item):
        counted.append(item)
        return await load(item)

    monkeypatch.setattr(process.orders, "load", counting_load)
    return counted


async def sent(process, body="hei", recipients=2):
    """Place and send an e-mail; return its shipment."""
    addresses = tuple(Recipient(email_address=f"kari{number}@example.no") for number in range(recipients))
    request = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now() + timedelta(seconds=1),
        ChannelSchema.EMAIL,
        addresses,
        email=EmailTemplate("from@example.no", "hei", body),
    )
    receipt = await process.place("ttd", ChainRequest(request, idempotency_id="id"))
    process.world.clock.at += timedelta(seconds=2)
    await process.release_due()
    while due := [m for m in process.world.messages if m.queue in ("orders", "email-send")]:
        process.world.messages.remove(due[0])
        await process.handle(due[0])
    return parse_id(receipt.shipments[0][0])


async def delivered(process, item, slot):
    """Report one notification as delivered."""
    outcome = Outcome(EmailResult.DELIVERED, process.world.clock.now())
    return await process.record.of_notification(item.of_notification(slot), outcome)


async def test_reports_that_reach_the_process_that_sent_read_nothing(process, loads):
    item = await sent(process)
    loads.clear()
    assert await asyncio.gather(delivered(process, item, 1), delivered(process, item, 2)) == [True, True]
    assert loads == []
    assert (await process.orders.load(item)).state.status is Status.COMPLETED


async def test_row_that_another_process_has_changed_is_read(world, process, loads):
    item = await sent(process)
    loads.clear()
    assert await delivered(Process(world), item, 1)
    assert await delivered(process, item, 2)
    assert loads == [item], "once, after the conflict"
    assert (await process.orders.load(item)).state.status is Status.COMPLETED


async def test_row_with_long_texts_is_not_kept_in_memory(process, loads):
    item = await sent(process, body="x" * 30_000)
    loads.clear()
    assert await delivered(process, item, 1)
    assert loads == [item]


async def test_notification_that_never_was_is_looked_for_in_the_row(process, loads):
    item = await sent(process)
    loads.clear()
    assert not await delivered(process, item, 3)
    assert loads == [item]
