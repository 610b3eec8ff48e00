"""Puts events on the Service Bus queue with the real SDK.

SDK senders are not safe for concurrent use, so one task owns the sender. Events that are published while a
batch is sent form the next batch. A failed batch is sent again until the broker takes it, as Event Grid does.
"""

import asyncio
import logging
from collections import deque

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusError

_MAX_BATCH = 100
_RETRY_SECONDS = 0.5
_SEND_TIMEOUT_SECONDS = 15.0
_READ_SECONDS = 0.02  # while the SDK reads to keep its link alive, nothing is sent
_LOG = logging.getLogger(__name__)


class ServiceBusEventQueue:
    """An `EventPublisher` that keeps events while the broker is away."""

    def __init__(self, connection_string: str, queue: str) -> None:
        self._connection_string = connection_string
        self._queue = queue
        self._waiting: deque[ServiceBusMessage] = deque()
        self._news = asyncio.Event()
        self._owner: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start connecting and sending in the background."""
        self._owner = asyncio.create_task(self._own_sender())

    def publish(self, event_id: str, body: bytes) -> None:
        """Accept one event; it is sent as soon as the broker is there."""
        message = ServiceBusMessage(
            body,
            message_id=event_id,
            content_type="application/json",
            application_properties={
                "aeg-event-type": "Notification",
                "aeg-subscription-name": "EMAIL-DELIVERY-REPORTS",
                "aeg-delivery-count": "0",
                "aeg-data-version": "1.0",
                "aeg-metadata-version": "1",
            },
        )
        self._waiting.append(message)
        self._news.set()

    async def close(self) -> None:
        """Stop; events not yet sent are lost."""
        if self._owner is not None:
            self._owner.cancel()
            await asyncio.gather(self._owner, return_exceptions=True)

    async def _own_sender(self) -> None:
        is_known_to_be_away = False
        while True:
            try:
                async with (
                    ServiceBusClient.from_connection_string(self._connection_string, retry_total=0) as client,
                    client.get_queue_sender(self._queue, socket_timeout=_READ_SECONDS) as sender,
                ):
                    is_known_to_be_away = False
                    await self._send_for_ever(sender)
            except (ServiceBusError, OSError, TimeoutError, ValueError, AttributeError) as error:
                # The SDK raises AttributeError when a connection dies half-way through its handshake.
                if not is_known_to_be_away:
                    _LOG.warning("the event queue is not reachable: %s", type(error).__name__)
                is_known_to_be_away = True
            await asyncio.sleep(_RETRY_SECONDS)

    async def _send_for_ever(self, sender: ServiceBusSender) -> None:
        while True:
            await self._news.wait()
            batch = await sender.create_message_batch()
            count = 0
            while count < min(_MAX_BATCH, len(self._waiting)):
                try:
                    batch.add_message(self._waiting[count])
                except MessageSizeExceededError:
                    break
                count += 1
            async with asyncio.timeout(_SEND_TIMEOUT_SECONDS):
                await sender.send_messages(batch)
            for _ in range(count):
                self._waiting.popleft()
            if not self._waiting:
                self._news.clear()
