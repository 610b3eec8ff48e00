"""One sending link to one Service Bus queue.

The SDK's senders are not safe for concurrent use: a link has one user at a time, and one send at a time.
The SDK is imported with the first link, on a thread, because that takes a third of a second.
"""

import asyncio
import importlib
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from azure.core.credentials_async import AsyncTokenCredential

from shared.ports.queues import QueuedMessage
from shared.runtime.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage
    from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

SDK = "azure.servicebus.aio"
# The trigger of Azure Functions reads the first if its process listens to activities, else the second.
TRACE_PROPERTIES = ("traceparent", "Diagnostic-Id")
_CLOSE_SECONDS = 5.0
# one quick retry inside the SDK serves links that the service closed for being idle; more would only hold up
# the messages behind, whose callers have given up by then
_CLIENT_OPTIONS: dict[str, Any] = {"retry_total": 1, "retry_backoff_factor": 0.1, "try_timeout": 4.0}
# Every half minute the SDK reads from a link to keep it alive, for as long as this if nothing comes. Nothing
# can be sent meanwhile, so it is a tenth of the usual time.
_READ_SECONDS = 0.02

type ClientFactory = Callable[[], "ServiceBusClient"]
type SendOutcome = Exception | None
_log = logging.getLogger(__name__)


def client_from_connection_string(connection_string: str) -> ClientFactory:
    """Return what makes clients that authenticate with the key of a connection string."""
    return lambda: _client_class().from_connection_string(connection_string, **_CLIENT_OPTIONS)


def client_with_identity(namespace: str, credential: AsyncTokenCredential) -> ClientFactory:
    """Return what makes clients of a namespace, like name.servicebus.windows.net, for an identity."""
    return lambda: _client_class()(namespace, credential, **_CLIENT_OPTIONS)


def _client_class() -> "type[ServiceBusClient]":
    from azure.servicebus.aio import ServiceBusClient  # noqa: PLC0415

    return ServiceBusClient


class ServiceBusLink:
    """An open link; one whose `send` failed or was cancelled is closed and replaced, never used again."""

    def __init__(self, client: "ServiceBusClient", sender: "ServiceBusSender") -> None:
        self._client = client
        self._sender = sender

    @classmethod
    async def connect(cls, make_client: ClientFactory, queue: str) -> Self:
        """Open a link, which takes about half a second; TransientError when that is impossible now."""
        await asyncio.to_thread(importlib.import_module, SDK)
        client = make_client()
        link = cls(client, client.get_queue_sender(queue, socket_timeout=_READ_SECONDS))
        try:
            await link._sender.create_message_batch()  # the size limit comes with the open link
        except Exception as error:
            await link.close()
            raise _transient(error) from error
        except asyncio.CancelledError:
            await link.close()
            raise
        return link

    async def send(self, messages: Sequence[QueuedMessage]) -> list[SendOutcome]:
        """Send in as few transfers as possible; return None or the error of each message, in order.

        PermanentError: too large. TransientError: not known to be accepted; the link is of no use any more.
        """
        outcomes: list[SendOutcome] = []
        try:
            while len(outcomes) < len(messages):
                outcomes += await self._transfer(messages[len(outcomes) :])
        except Exception as error:  # noqa: BLE001  the SDK fails in many ways, from OSError to AttributeError
            outcomes += [_transient(error)] * (len(messages) - len(outcomes))
        return outcomes

    async def _transfer(self, messages: Sequence[QueuedMessage]) -> list[SendOutcome]:
        """Send as many of the first messages as one batch takes, return their outcomes."""
        from azure.servicebus.exceptions import MessageSizeExceededError  # noqa: PLC0415

        outcomes: list[SendOutcome] = []
        batch = await self._sender.create_message_batch()
        for message in messages:
            try:
                batch.add_message(_sdk_message(message))
            except MessageSizeExceededError:
                if len(batch) > 0:
                    break
                outcomes.append(PermanentError("the message is too large for its queue"))
            else:
                outcomes.append(None)
        if len(batch) > 0:
            await self._sender.send_messages(batch)
        return outcomes

    async def close(self) -> None:
        """Close the link, within five seconds and without ever failing."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._sender.close()
                await self._client.close()
        except Exception as error:  # noqa: BLE001  nothing is lost with a link that cannot be closed
            _log.info("closing a Service Bus link failed: %s", type(error).__name__)


def _sdk_message(message: QueuedMessage) -> "ServiceBusMessage":
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415

    return ServiceBusMessage(
        message.body,
        message_id=message.message_id,
        content_type="application/json",
        scheduled_enqueue_time_utc=message.scheduled_at,
        application_properties=dict.fromkeys(TRACE_PROPERTIES, message.traceparent)
        if message.traceparent
        else None,
    )


def _transient(error: Exception) -> TransientError:
    failure = TransientError(f"Service Bus did not accept: {type(error).__name__}")
    failure.__cause__ = error
    return failure
