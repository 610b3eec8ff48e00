"""One look at a shipment: what it stores first, what follows, and what is left when nothing can be done."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.records import queues
from shared.records.messages import load_wake
from shared.runtime.errors import ConflictError
from shared.services.advancing.advance_order import ORPHAN_AGE
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ASKED_AGAIN = timedelta(seconds=60)
ADDRESS = "kari@example.no"


async def place(process, *, delay=HOUR, addresses=(ADDRESS,), **more):
    order = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now() + delay,
        ChannelSchema.EMAIL,
        tuple(Recipient(email_address=address) for address in addresses),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        **more,
    )
    return parse_id((await process.place("ttd", ChainRequest(order))).shipments[0][0])


async def woken(process):
    """Let the agenda wake what is due, and return the wakes without carrying them out."""
    await process.release_due()
    wakes = [m for m in process.world.messages if m.queue == queues.ORDERS]
    process.world.messages = [m for m in process.world.messages if m not in wakes]
    return wakes


def agenda(world):
    return [key for _, _, key in world.tables.agenda()]


async def test_state_is_stored_before_anything_is_forwarded(world, process):
    item = await place(process)
    world.clock.at += HOUR + SECOND
    (wake,) = await woken(process)
    world.queues_down = True
    await process.handle(wake)
    stored = await process.orders.load(item)
    assert stored.state.status is OrderStatus.PROCESSED
    assert stored.state.forwarded_at == world.real_time.now()
    assert world.messages == []
    assert len(agenda(world)) == 1, "the agenda looks again"


async def test_wake_that_comes_twice_or_side_by_side_sends_one_message(world, process):
    await place(process)
    world.clock.at += HOUR + SECOND
    (wake,) = await woken(process)
    await asyncio.gather(process.handle(wake), process.handle(wake), Process(world).handle(wake))
    await process.carry_out()
    assert list(world.emails.values()) == [1]


async def test_shipment_that_stays_contended_is_left_to_the_agenda(world, process, monkeypatch, caplog):
    item = await place(process)
    world.clock.at += HOUR + SECOND
    (wake,) = await woken(process)

    async def contended(stored, state):
        raise ConflictError("changed meanwhile")

    with monkeypatch.context() as broken:
        broken.setattr(process.orders, "save", contended)
        await process.handle(wake)
    assert "contended" in caplog.text
    assert (await process.orders.load(item)).state.status is OrderStatus.REGISTERED
    assert len(agenda(world)) == 1


async def test_condition_that_says_no_ends_the_shipment_and_tells_the_feed(world, process):
    item = await place(process, condition_endpoint="https://example.no/condition")
    world.condition = w.NOT_MET
    world.clock.at += HOUR + SECOND
    (wake,) = await woken(process)
    await process.handle(wake)
    (question,) = world.messages
    assert question.queue == queues.CONDITIONS
    world.messages.clear()
    await process.handle(question)
    assert (await process.orders.load(item)).state.status is OrderStatus.SEND_CONDITION_NOT_MET
    assert [message.queue for message in world.messages] == [queues.STATUS_FEED]


async def test_large_order_wakes_its_pages_and_each_is_sent_for_itself(world, process):
    await place(process, addresses=[f"kari{number}@example.no" for number in range(201)])
    world.clock.at += HOUR + SECOND
    (wake,) = await woken(process)
    await process.handle(wake)
    assert [load_wake(message.body).page for message in world.messages] == [1, 2, 3]
    await process.carry_out()
    assert list(world.emails.values()) == [1] * 201


@pytest.mark.parametrize(("age", "rows"), [(ORPHAN_AGE, 1), (ORPHAN_AGE + SECOND, 0)])
async def test_agenda_row_of_an_order_that_was_never_stored_goes_when_it_is_old(world, process, age, rows):
    await place(process)
    for key in list(world.tables.chains()):
        del world.tables.rows[key]
    world.clock.at += HOUR + SECOND
    (wake,) = await woken(process)
    world.real_time.at += age
    await process.handle(wake)
    assert len(agenda(world)) == rows


async def test_a_wake_that_overtook_the_move_of_its_row_comes_again_when_it_said(world, process, monkeypatch):
    world.condition = w.INCONCLUSIVE
    await place(process, condition_endpoint="https://example.no/condition")

    agenda = process.release_due.agenda
    move_all = agenda.move_all

    async def move_after_the_wakes(shard, moves):
        await process.carry_out()
        return await move_all(shard, moves)

    monkeypatch.setattr(agenda, "move_all", move_after_the_wakes)
    world.clock.at += HOUR + SECOND
    await process.release_due()
    assert not world.emails, "an inconclusive condition is asked once more"

    world.clock.at += ASKED_AGAIN + SECOND
    await process.release_due()
    await process.carry_out()
    assert sum(world.emails.values()) == 1
