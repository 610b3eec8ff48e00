"""Cancelling one order: who may, until when, and what a queue or another process may do meanwhile."""

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
from shared.domain.orders.shipment import CANCEL_MARGIN
from shared.records import queues
from shared.runtime.errors import ConflictError, NotCancellableError, OrderNotFoundError, TransientError
from tests.support.pipeline.world import Fault

OWNER, SECOND = "ttd", timedelta(seconds=1)


async def placed(process, after=2 * CANCEL_MARGIN):
    at = process.world.clock.now() + after
    order = OrderRequest(
        OrderType.NOTIFICATION,
        at,
        ChannelSchema.EMAIL,
        (Recipient("kari@example.no"),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
    )
    receipt = await process.place(OWNER, ChainRequest(order))
    return receipt.shipments[0][0]


async def test_an_order_that_has_time_is_cancelled_and_its_feed_told(world, process):
    order_id = await placed(process)
    stored = await process.cancel_order(OWNER, order_id)
    assert (str(stored.item), stored.state.status) == (order_id, OrderStatus.CANCELLED)
    assert [message.queue for message in world.messages] == [queues.STATUS_FEED]


async def test_a_repeat_answers_the_same_and_tells_nothing_again(world, process):
    order_id = await placed(process)
    first = await process.cancel_order(OWNER, order_id)
    assert await process.cancel_order(OWNER, order_id) == first
    assert len(world.messages) == 1


@pytest.mark.parametrize(("left", "can"), [(timedelta(0), False), (SECOND, True)])
async def test_the_last_five_minutes_are_too_late(process, left, can):
    order_id = await placed(process, after=CANCEL_MARGIN + left)
    if can:
        assert (await process.cancel_order(OWNER, order_id)).state.status is OrderStatus.CANCELLED
        return
    with pytest.raises(NotCancellableError):
        await process.cancel_order(OWNER, order_id)


async def test_an_order_that_has_begun_is_not_cancelled(process):
    order_id = await placed(process, after=timedelta(0))
    process.world.clock.at -= timedelta(hours=1)  # only its state forbids it
    with pytest.raises(NotCancellableError):
        await process.cancel_order(OWNER, order_id)


async def test_only_a_shipment_of_ones_own_is_found(process):
    order_id = await placed(process)
    chain = parse_id(order_id).chain
    for owner, name in [
        ("skd", order_id),
        (OWNER, str(chain)),
        (OWNER, str(chain.of_shipment(1).of_notification(1))),
        (OWNER, str(chain.of_shipment(2))),
        (OWNER, "nonsense"),
    ]:
        with pytest.raises(OrderNotFoundError):
            await process.cancel_order(owner, name)


async def test_a_queue_that_takes_nothing_does_not_undo_it(world, process):
    order_id = await placed(process)
    world.queues_down = True
    assert (await process.cancel_order(OWNER, order_id)).state.status is OrderStatus.CANCELLED
    assert world.messages == []


async def test_a_write_of_another_process_is_met_by_reading_again(world, process, monkeypatch):
    order_id, save, refused = await placed(process), process.orders.save, []

    async def refuse_twice(stored, state):
        if len(refused) < 2:
            refused.append(stored)
            raise ConflictError("changed meanwhile")
        return await save(stored, state)

    monkeypatch.setattr(process.orders, "save", refuse_twice)
    assert (await process.cancel_order(OWNER, order_id)).state.status is OrderStatus.CANCELLED
    assert len(refused) == 2


async def test_storage_that_fails_is_told_to_the_caller(world, process):
    order_id = await placed(process)
    world.faults = [Fault.BEFORE]
    with pytest.raises(TransientError):
        await process.cancel_order(OWNER, order_id)
