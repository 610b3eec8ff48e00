"""Both ends of the queue trigger in memory: a receiver, and functions that keep what they get."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from devstack.host.bindings import ServiceBusTrigger
from devstack.host.host_json import ServiceBusSettings
from devstack.host.invocations import Invocations
from devstack.host.payloads import Failure, TriggerMetadata, TypedValue
from devstack.host.triggers.service_bus import BatchConsumer, Delivery, SingleConsumer


class MemoryReceiver:
    """A receiver whose queue a test fills; keeps what was asked of it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.settled: list[tuple[str, bytes]] = []
        self.renewed: list[bytes] = []
        self.asked: list[int] = []
        self.closed = False
        self.settled_one = asyncio.Event()

    def put(self, *messages: Any) -> None:
        for item in messages:
            self.queue.put_nowait(item)

    async def receive(self, max_messages: int, wait: float) -> list[Any]:
        self.asked.append(max_messages)
        try:
            first = await asyncio.wait_for(self.queue.get(), wait)
        except TimeoutError:
            return []
        if isinstance(first, Exception):
            raise first
        rest = [self.queue.get_nowait() for _ in range(min(max_messages - 1, self.queue.qsize()))]
        return [first, *rest]

    async def complete(self, settled: Any) -> None:
        self._settle("complete", settled)

    async def abandon(self, settled: Any) -> None:
        self._settle("abandon", settled)

    async def renew_lock(self, held: Any) -> datetime:
        self.renewed.append(held.body)
        return datetime.now(UTC) + timedelta(seconds=0.1)

    async def close(self) -> None:
        self.closed = True

    def _settle(self, how: str, settled: Any) -> None:
        self.settled.append((how, settled.body))
        self.settled_one.set()


class Functions:
    """Stands in for the runtime: runs `behaviour` and keeps what ran and how much of it at once."""

    def __init__(self, behaviour: Callable[[Any], Awaitable[Failure | None]]) -> None:
        self.behaviour = behaviour
        self.seen: list[Any] = []
        self.running = 0
        self.most_running = 0

    async def invoke(
        self, function: str, parameter: str, payload: TypedValue, _metadata: TriggerMetadata
    ) -> Failure | None:
        assert (function, parameter) == ("handle", "message")
        self.seen.append(payload.value)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await self.behaviour(payload.value)
        finally:
            self.running -= 1


def settings(**overrides: Any) -> ServiceBusSettings:
    defaults: dict[str, Any] = {
        "max_concurrent_calls": 4, "prefetch_count": 0, "max_lock_renewal": 300.0, "auto_complete": True,
        "max_batch_size": 5, "min_batch_size": 1, "max_batch_wait": 5.0,
    }  # fmt: skip
    return ServiceBusSettings(**{**defaults, **overrides})


def consumer(
    functions: Functions, *, batch: bool = False, of_binding: bool | None = None, **overrides: Any
) -> SingleConsumer | BatchConsumer:
    trigger = ServiceBusTrigger("handle", "message", "orders", "Bus", batch=batch, auto_complete=of_binding)
    chosen = settings(**overrides)
    delivery = Delivery(trigger, chosen, functions.invoke, Invocations(None, lambda: None))
    return (BatchConsumer if batch else SingleConsumer)(delivery, chosen)


async def succeed(_body: Any) -> None:
    """The behaviour of a function that returns."""
