"""A wake may be carried out before the agenda row that it came from has been moved."""

from datetime import timedelta

from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ASKED_AGAIN = timedelta(seconds=60)
ADDRESS = "kari@example.no"


async def deliver(process):
    """Carry out every message that is due."""
    world = process.world
    while due := [m for m in world.messages if m.scheduled_at is None or m.scheduled_at <= world.clock.now()]:
        world.messages.remove(due[0])
        await process.handle(due[0])


async def test_it_is_looked_at_again_when_it_said(monkeypatch):
    world = w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))
    process = Process(world)
    world.condition = w.INCONCLUSIVE
    request = OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now() + HOUR,
        ChannelSchema.EMAIL,
        (Recipient(email_address=ADDRESS),),
        condition_endpoint="https://example.no/condition",
        email=EmailTemplate("from@example.no", "hei", "hei"),
    )
    await process.place("ttd", ChainRequest(request, idempotency_id="id"))

    agenda = process.release_due.agenda
    move_all = agenda.move_all

    async def move_after_the_wakes(shard, moves):
        await deliver(process)
        return await move_all(shard, moves)

    monkeypatch.setattr(agenda, "move_all", move_after_the_wakes)
    world.clock.at += HOUR + SECOND
    await process.release_due()
    assert not world.emails, "an inconclusive condition is asked once more"

    world.clock.at += ASKED_AGAIN
    await process.release_due()
    await deliver(process)
    assert sum(world.emails.values()) == 1
