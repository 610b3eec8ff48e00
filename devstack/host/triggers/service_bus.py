"""Runs functions for Service Bus messages, one by one or in batches, and settles them by the outcome."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING

from devstack.host.bindings import ServiceBusTrigger
from devstack.host.host_json import ServiceBusSettings
from devstack.host.invocations import Invocations
from devstack.host.payloads import Failure, TriggerMetadata, TypedValue
from devstack.host.triggers.lock_renewal import LockRenewal
from devstack.host.triggers.message_metadata import batch_metadata, single_metadata
from devstack.host.triggers.receiving import Receiver

if TYPE_CHECKING:
    from devstack.servicebus.client.received_message import ReceivedMessage

_log = logging.getLogger(__name__)
# How long one call waits; the next follows at once.
_RECEIVE_WAIT_SECONDS = 30.0

type Invoke = Callable[[str, str, TypedValue, TriggerMetadata], Awaitable[Failure | None]]


class Delivery:
    """Runs one function for messages and settles them: complete when it returns, abandon when it raises."""

    def __init__(
        self,
        trigger: ServiceBusTrigger,
        settings: ServiceBusSettings,
        invoke: Invoke,
        invocations: Invocations,
    ) -> None:
        self._trigger = trigger
        self._invoke = invoke
        self._invocations = invocations
        self._max_lock_renewal = settings.max_lock_renewal
        self._settles = settings.auto_complete if trigger.auto_complete is None else trigger.auto_complete

    async def single(self, receiver: Receiver, message: "ReceivedMessage") -> None:
        """Deliver one message and keep its lock alive meanwhile."""
        with self._invocations.running(self._trigger.function):
            renewal = LockRenewal(receiver, message, self._max_lock_renewal)
            try:
                succeeded = await self._run(TypedValue("bytes", message.body), single_metadata(message))
            finally:
                renewal.stop()
            await self._settle(receiver, message, succeeded=succeeded)

    async def batch(self, receiver: Receiver, messages: "Sequence[ReceivedMessage]") -> None:
        """Deliver a batch, which succeeds or fails as a whole; Azure does not renew the locks of a batch."""
        with self._invocations.running(self._trigger.function):
            bodies = TypedValue("collection_bytes", [message.body for message in messages])
            succeeded = await self._run(bodies, batch_metadata(messages))
            await asyncio.gather(
                *(self._settle(receiver, message, succeeded=succeeded) for message in messages)
            )

    async def _run(self, payload: TypedValue, metadata: TriggerMetadata) -> bool:
        name = self._trigger.function
        failure = await self._invoke(name, self._trigger.parameter, payload, metadata)
        if failure is not None:
            _log.error("%s failed: %s\n%s", name, failure.error, failure.traceback)
        return failure is None

    async def _settle(self, receiver: Receiver, message: "ReceivedMessage", *, succeeded: bool) -> None:
        if not self._settles:
            return
        try:
            await (receiver.complete(message) if succeeded else receiver.abandon(message))
        except Exception as error:  # noqa: BLE001 -- a lost lock or connection only means another delivery
            _log.warning("%s: a message could not be settled: %s", self._trigger.function, error)


class _WorkInFlight:
    """Running tasks, which go on when the loop that began them ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tasks)

    def begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return task

    async def one_ended(self) -> None:
        self._ended.clear()
        await self._ended.wait()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._ended.set()
        if not task.cancelled() and (error := task.exception()):
            _log.error("a message could not be handed over", exc_info=error)


class SingleConsumer:
    """Dispatches messages one by one, at most `maxConcurrentCalls` at a time."""

    def __init__(self, delivery: Delivery, settings: ServiceBusSettings) -> None:
        self._delivery = delivery
        self._max_calls = settings.max_concurrent_calls
        self._in_flight = _WorkInFlight()

    async def consume(self, receiver: Receiver) -> None:
        """Receive and dispatch until cancelled; raises when the receiver fails."""
        while True:
            free = self._max_calls - len(self._in_flight)
            if not free:
                await self._in_flight.one_ended()
                continue
            for message in await receiver.receive(free, _RECEIVE_WAIT_SECONDS):
                self._in_flight.begin(self._delivery.single(receiver, message))


class BatchConsumer:
    """Dispatches batches one after the other, as Azure does within one instance."""

    def __init__(self, delivery: Delivery, settings: ServiceBusSettings) -> None:
        self._delivery = delivery
        self._max_size = settings.max_batch_size
        self._min_size = min(settings.min_batch_size, settings.max_batch_size)
        self._max_wait = settings.max_batch_wait
        self._in_flight = _WorkInFlight()

    async def consume(self, receiver: Receiver) -> None:
        """Receive and dispatch until cancelled; raises when the receiver fails."""
        while True:
            if self._in_flight:
                await self._in_flight.one_ended()
            messages = await self._receive(receiver)
            if messages:
                # Shielded: a host that stops lets the running batch finish.
                await asyncio.shield(self._in_flight.begin(self._delivery.batch(receiver, messages)))

    async def _receive(self, receiver: Receiver) -> "Sequence[ReceivedMessage]":
        """Return what is there, waiting for `minMessageBatchSize` at most `maxBatchWaitTime`."""
        messages = list(await receiver.receive(self._max_size, _RECEIVE_WAIT_SECONDS))
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._max_wait
        while messages and len(messages) < self._min_size and (left := ends_at - loop.time()) > 0:
            messages += await receiver.receive(self._max_size - len(messages), left)
        return messages
