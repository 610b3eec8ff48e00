"""What Service Bus does with the messages of a world: it delivers what is due, counts, and gives up."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.orders.trace import Tracing
from shared.messaging.sharing import as_one, shared_messages
from shared.ports.queues import QueuedMessage
from shared.records import queues
from tests.support.pipeline.world import Enqueued, World

MAX_DELIVERIES = 10
BATCHES = (queues.DELIVERY_REPORTS, queues.STATUS_FEED)


def ready(world: World, queue: str | None = None) -> list[QueuedMessage]:
    """Return the messages that may be delivered now."""
    now = world.clock.now()
    return [
        message
        for message in world.messages
        if queue in (None, message.queue) and (message.scheduled_at is None or message.scheduled_at <= now)
    ]


def share(world: World, queue: str) -> None:
    """Put what came on a queue at one moment into shared messages, as if it had been sent together."""
    came: dict[datetime, list[Enqueued]] = {}
    for message in world.messages:
        if isinstance(message, Enqueued) and message.queue == queue and message.may_share:
            came.setdefault(message.accepted_at, []).append(message)
    for accepted_at, together in came.items():
        for group in shared_messages(together):
            members = [together[index] for index in group]
            if len(members) > 1:
                one = as_one(members, Tracing(0))
                completed(world, members)
                world.messages.append(Enqueued(one.queue, one.message_id, one.body, accepted_at=accepted_at))


def completed(world: World, messages: Sequence[QueuedMessage]) -> None:
    """Take delivered messages off their queues."""
    for message in messages:
        if message in world.messages:  # what is a double of another may have been lost meanwhile
            world.messages.remove(message)
            world.deliveries.pop(message, None)


def given_back(world: World, messages: Sequence[QueuedMessage]) -> None:
    """Count a delivery that ended with an error; the last one moves a message to the dead-letter queue."""
    for message in messages:
        world.deliveries[message] += 1
        if world.deliveries[message] >= MAX_DELIVERIES and message in world.messages:
            completed(world, [message])
            world.dead.append(message)
