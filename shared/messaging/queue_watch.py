"""Looks into Service Bus queues by peeking, which takes and locks nothing.

A receiver is opened for each look and closed after it: the SDK gives an open receiver credit for a message,
which it hands back at once, but only while a call is waiting. A look is a task of its own, because the SDK
may take minutes to give up on a silent peer.
"""

import asyncio
import importlib
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from shared.messaging.service_bus import SDK, ClientFactory
from shared.runtime.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from azure.servicebus.aio import ServiceBusReceiver

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class ServiceBusQueueWatch:
    """`shared.ports.QueueWatch` on Service Bus; a look takes `look_seconds` and reads `max_pages` at most."""

    make_client: ClientFactory
    page_messages: int = 100
    max_pages: int = 20
    look_seconds: float = 10.0
    _looks: set[asyncio.Task[datetime | None]] = field(init=False, default_factory=set)
    # by queue: the number below which all messages were scheduled; one that becomes due gets a new number
    _scheduled_below: dict[str, int] = field(init=False, default_factory=dict)

    async def oldest(self, queue: str) -> datetime | None:
        """Return since when the oldest message has been there to be handled; None when there is none.

        TransientError: unknown now. PermanentError: the queue may not be looked into, or there is none.
        """
        look = asyncio.create_task(self._look(queue))
        self._looks.add(look)
        look.add_done_callback(self._forget)
        try:
            done, _ = await asyncio.wait({look}, timeout=self.look_seconds)
        finally:
            look.cancel()
        if not done:
            raise TransientError(f"queue {queue} could not be looked into in time")
        return look.result()

    def _forget(self, look: asyncio.Task[datetime | None]) -> None:
        self._looks.discard(look)
        if not look.cancelled() and (error := look.exception()) is not None:
            _log.info("looking into a queue failed: %s", error)

    async def _look(self, queue: str) -> datetime | None:
        await asyncio.to_thread(importlib.import_module, SDK)
        from azure.servicebus import exceptions  # noqa: PLC0415

        refusals = (
            exceptions.ServiceBusAuthorizationError,
            exceptions.MessagingEntityNotFoundError,
            exceptions.MessagingEntityDisabledError,
        )
        try:
            async with self.make_client() as client, client.get_queue_receiver(queue) as receiver:
                return await self._search(queue, receiver)
        except TransientError:
            raise
        except refusals as error:
            raise PermanentError(f"queue {queue} may not be looked into: {type(error).__name__}") from error
        except Exception as error:  # the SDK fails in many ways, from OSError to AttributeError
            raise TransientError(f"queue {queue} cannot be looked into: {type(error).__name__}") from error

    async def _search(self, queue: str, receiver: "ServiceBusReceiver") -> datetime | None:
        from azure.servicebus import ServiceBusMessageState  # noqa: PLC0415

        number, count = 1, 1  # mostly the first message is enough
        for _ in range(self.max_pages):
            messages = await receiver.peek_messages(count, sequence_number=number)
            for message in messages:
                if message.state is ServiceBusMessageState.ACTIVE:
                    return message.enqueued_time_utc
            if not messages:
                if count == 1:  # empty: a queue that was made anew counts from the beginning
                    self._scheduled_below.pop(queue, None)
                return None
            number = (messages[-1].sequence_number or number) + 1
            if count == 1:
                number, count = max(number, self._scheduled_below.get(queue, 1)), self.page_messages
            self._scheduled_below[queue] = number
        raise TransientError(f"queue {queue} holds more scheduled messages than one look can pass over")
