"""A broker on the event loop of a thread of its own, and SDK clients that are opened once."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from azure.servicebus import ServiceBusClient, ServiceBusReceiver, ServiceBusSender, ServiceBusSubQueue

from devstack.clock import ClockFile
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.queues.time_source import TimeSource
from devstack.servicebus.running import running_broker

QUEUES = (
    QueueDeclaration("plain"),
    QueueDeclaration("brief", lock_duration=timedelta(seconds=0.4)),
    QueueDeclaration("strict", max_delivery_count=2),
    QueueDeclaration("mortal", default_time_to_live=timedelta(hours=1), dead_letters_expired=True),
    QueueDeclaration("fading", default_time_to_live=timedelta(hours=1)),
    QueueDeclaration("unique", detects_duplicates=True),
)


class BrokerThread:
    """The broker under test, callable from the test's thread."""

    def __init__(self, directory: Path) -> None:
        self.clock = ClockFile(directory / "clock")
        self._running = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self._thread.start()
        assert self._running.wait(10)

    @property
    def connection_string(self) -> str:
        return self.running.connection_string

    def counts(self, queue: str) -> dict[str, int]:
        return self.call(self.running.broker.queues[queue].counts)

    def active(self, queue: str) -> int:
        return self.counts(queue)["active"]

    def call[T](self, function: Callable[[], T]) -> T:
        """Run a function on the broker's loop."""

        async def run() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(5)

    def tick(self) -> None:
        """Let everything happen that is due."""
        self.call(self.running.broker.tick)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with running_broker(QUEUES, time=TimeSource(moved=self.clock.timestamp)) as self.running:
            self._running.set()
            await self._stop.wait()


class Sdk:
    """Senders and receivers of the sync SDK, opened when first asked for."""

    def __init__(self, connection_string: str) -> None:
        self.client = ServiceBusClient.from_connection_string(connection_string)
        self._senders: dict[str, ServiceBusSender] = {}
        self._receivers: dict[str, ServiceBusReceiver] = {}

    def sender(self, queue: str) -> ServiceBusSender:
        if queue not in self._senders:
            self._senders[queue] = self.client.get_queue_sender(queue)
        return self._senders[queue]

    def receiver(self, queue: str) -> ServiceBusReceiver:
        if queue not in self._receivers:
            self._receivers[queue] = self.client.get_queue_receiver(queue)
        return self._receivers[queue]

    def dead_letters(self, queue: str) -> ServiceBusReceiver:
        key = f"{queue}/dead"
        if key not in self._receivers:
            self._receivers[key] = self.client.get_queue_receiver(
                queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER
            )
        return self._receivers[key]

    def close(self) -> None:
        handlers = [*self._senders.values(), *self._receivers.values()]
        with ThreadPoolExecutor(max(len(handlers), 1)) as pool:
            list(pool.map(lambda handler: handler.close(), handlers))
        self.client.close()


def from_now(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
