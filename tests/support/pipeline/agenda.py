"""E-mail orders on the agenda of a world, and what of them was woken."""

from datetime import datetime, timedelta

from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.records import queues
from shared.records.messages import load_wake
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import World

WAKES = (queues.ORDERS, queues.ORDERS_BULK)


def email(at: datetime) -> OrderRequest:
    """Return an order for one e-mail at an instant."""
    return OrderRequest(
        OrderType.NOTIFICATION,
        at,
        ChannelSchema.EMAIL,
        (Recipient(email_address="kari@example.no"),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
    )


async def place(
    process: Process, delay: timedelta = timedelta(0), count: int = 1, creator: str = "ttd"
) -> list[str]:
    """Place some orders, due after a time; return their shipments."""
    order = email(process.world.clock.now() + delay)
    receipts = [await process.place(creator, ChainRequest(order)) for _ in range(count)]
    return [receipt.shipments[0][0] for receipt in receipts]


def woken(world: World) -> list[str]:
    """Return the shipments that were woken, in that order."""
    return [str(load_wake(m.body).entry.item) for m in world.messages if m.queue in WAKES]


def pass_time(world: World, span: timedelta) -> None:
    """Move both clocks."""
    world.clock.at += span
    world.real_time.at += span
