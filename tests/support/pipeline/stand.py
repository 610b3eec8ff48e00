"""A world whose queues stand still until they are told to work."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.ports.queues import QueuedMessage
from tests.support.pipeline import world as w
from tests.support.pipeline.feeds import feed_entries
from tests.support.pipeline.process import Process

ORDERS = 7
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Stand:
    """A world whose queues work only when told, and which counts what they are given."""

    def __init__(self) -> None:
        self.world = w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))
        self.process = Process(self.world)
        self.sent: Counter[str] = Counter()
        enqueue = self.world.enqueue

        def counted(messages: Iterable[QueuedMessage]) -> None:
            counting = list(messages)
            self.sent.update(message.queue for message in counting)
            enqueue(counting)

        self.world.enqueue = counted  # type: ignore[method-assign]

    async def place(
        self,
        schema: ChannelSchema,
        *,
        delay: timedelta = timedelta(0),
        people: int = 1,
        count: int = ORDERS,
        creator: str = "ttd",
        id_: str | None = None,
        condition: str | None = None,
    ) -> None:
        """Place orders for some people each, due after a time."""
        at = self.world.clock.now() + delay
        for _ in range(count):
            number = len(self.world.tables.rows)
            to = tuple(
                Recipient(f"p{number}-{n}@example.no", f"+479{number:04}{n:03}") for n in range(people)
            )
            order = OrderRequest(
                OrderType.NOTIFICATION,
                at,
                schema,
                to,
                email=EmailTemplate("from@example.no", "hei", "hei"),
                sms=SmsTemplate("Anytime", "hei"),
                sending_time_policy=SendingTimePolicy.ANYTIME,
                condition_endpoint=condition,
            )
            await self.process.place(creator, ChainRequest(order, idempotency_id=id_))

    async def stand_still(self, span: timedelta, *, timers: bool) -> None:
        """Let time pass without anybody at work but, perhaps, the timers."""
        step = MINUTE if span <= HOUR else 10 * MINUTE
        for _ in range(int(span / step)):
            self.world.clock.at += step
            self.world.real_time.at += step
            if timers:
                await self.process.release_due()

    async def work(self, *names: str) -> None:
        """Work off the named queues, or all of them, in order; providers report at once."""
        world = self.world
        while due := [m for m in world.active() if not names or m.queue in names]:
            known = len(world.references), len(world.email_operations)
            message = min(due, key=lambda m: m.active_from)
            world.messages.remove(message)
            await self.process.handle(message)
            now = world.clock.now()
            sms, emails = list(world.references)[known[0] :], list(world.email_operations)[known[1] :]
            world.enqueue([w.sms_report(reference, SmsResult.DELIVERED, now) for reference in sms])
            world.enqueue([w.email_report(operation, "Delivered") for operation in emails])

    async def resume(self) -> None:
        """Go on as after an outage: the timer runs while the queues are worked off."""
        for _ in range(12):
            await self.process.release_due()
            await self.work()
            await self.stand_still(MINUTE, timers=False)

    def entries(self) -> int:
        """Return how many entries the feed has."""
        return len(feed_entries(self.world.tables))

    def agenda(self) -> list[str]:
        """Return the keys of the rows on the agenda."""
        return [row for _, _, row in self.world.tables.agenda()]
