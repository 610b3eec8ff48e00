"""A small receiver for the Functions host, which costs a fraction of the SDK's CPU time."""

import asyncio
from collections import deque
from datetime import UTC, datetime

from devstack.amqp.performatives import Accepted, Error, Modified, Rejected, Released, Transfer
from devstack.amqp.types import Array
from devstack.servicebus.client.connection import ClientConnection, Requests
from devstack.servicebus.client.connection_string import ConnectionString
from devstack.servicebus.client.received_message import ReceivedMessage, decode_received
from devstack.servicebus.errors import LockLostError

_LAST_MESSAGES_SECONDS = 1.0


class QueueReceiver:
    """Receives from one queue in peek-lock mode over a connection of its own.

    Every method raises ConnectionError once the connection is gone; the caller then connects anew. Settling a
    message whose lock is gone raises LockLostError.
    """

    def __init__(self, connection: ClientConnection, queue: str, prefetch: int) -> None:
        self._connection = connection
        self._queue = queue
        self._prefetch = prefetch
        self._handle = 0
        self._delivery_count = 0
        self._credit = 0
        # While False, messages that were already on their way are given back on arrival.
        self._asking = True
        self._buffer: deque[ReceivedMessage] = deque()
        self._arrived = asyncio.Event()
        self._management: asyncio.Task[Requests] | None = None
        connection.on_lost = self._arrived.set

    @classmethod
    async def connect(cls, connection_string: str, queue: str, *, prefetch: int) -> "QueueReceiver":
        """Connect to a queue, whose name may end in `/$deadletterqueue`.

        `prefetch` messages are locked ahead of the receive calls; with 0 each call asks for what it wants.
        Raises OSError (ConnectionError when it is refused or lost, PermissionError for a wrong key).
        """
        address = ConnectionString.parse(connection_string)
        connection = await ClientConnection.open(address)
        try:
            receiver = cls(connection, queue, prefetch)
            await connection.authorize(queue)
            receiver._handle = await connection.attach_receiver(queue, receiver._on_message, second=True)
            receiver._ask_for(prefetch)
        except BaseException:
            connection.close()
            raise
        return receiver

    async def receive(self, max_messages: int, wait: float) -> list[ReceivedMessage]:
        """Return up to `max_messages` as soon as there is one, or none after `wait` seconds."""
        self._ask_for(max(self._prefetch, max_messages))
        if not self._buffer:
            await self._wait_for_message(wait)
        taken = [self._buffer.popleft() for _ in range(min(max_messages, len(self._buffer)))]
        if taken and self._prefetch:
            self._ask_for(self._prefetch)
        return taken

    async def complete(self, message: ReceivedMessage) -> None:
        """Remove the message from its queue."""
        await self._settle(message, Accepted())

    async def abandon(self, message: ReceivedMessage) -> None:
        """Give the message back for another delivery."""
        await self._settle(message, Modified(delivery_failed=True, undeliverable_here=False))

    async def dead_letter(self, message: ReceivedMessage, reason: str, description: str) -> None:
        """Move the message to the dead-letter queue."""
        info: dict[object, object] = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        await self._settle(message, Rejected(Error("com.microsoft:dead-letter", description, info)))

    async def renew_lock(self, message: ReceivedMessage) -> datetime:
        """Let the lock last its full time from now on; returns its new end."""
        if self._management is None or (self._management.done() and self._management.exception()):
            attaching = Requests.attach(self._connection, f"{self._queue}/$management")
            self._management = asyncio.create_task(attaching)
        requests = await asyncio.shield(self._management)
        body = {"lock-tokens": Array([message.lock_token])}
        reply = await requests.ask({"operation": "com.microsoft:renew-lock"}, body)
        match reply.body:
            case {"expirations": [int() as milliseconds]}:
                return datetime.fromtimestamp(milliseconds / 1000, UTC)
            case _:
                raise LockLostError(str(reply.application_properties.get("statusDescription")))

    async def close(self) -> None:
        """Give unread messages back, also those on their way, and close the connection."""
        if self._management is not None:
            self._management.cancel()
        try:
            self._give_back_unread()
            async with asyncio.timeout(_LAST_MESSAGES_SECONDS):
                await self._connection.withdraw_credit(self._handle, self._delivery_count)
        except (ConnectionError, TimeoutError):
            # Messages that are still locked become available when their locks end.
            return
        finally:
            self._connection.close()

    def _on_message(self, transfer: Transfer, payload: bytes) -> None:
        assert transfer.delivery_id is not None
        assert transfer.delivery_tag is not None
        self._credit -= 1
        self._delivery_count += 1
        if not self._asking:
            self._connection.settle_unconfirmed(transfer.delivery_id, Released())
            return
        message = decode_received(
            payload, delivery_tag=transfer.delivery_tag, delivery_id=transfer.delivery_id
        )
        self._buffer.append(message)
        self._arrived.set()

    async def _wait_for_message(self, wait: float) -> None:
        self._arrived.clear()
        try:
            async with asyncio.timeout(wait):
                while not self._buffer and self._connection.error is None:
                    await self._arrived.wait()
        except TimeoutError:
            return
        except asyncio.CancelledError:
            # The caller is gone, so no message may wait here under a lock.
            self._give_back_unread()
            raise
        self._raise_if_lost()

    def _ask_for(self, wanted: int) -> None:
        """Raise the credit so that `wanted` messages are unread or on their way; seldom, to save frames."""
        self._raise_if_lost()
        self._asking = True
        lacking = wanted - len(self._buffer) - self._credit
        if lacking > 0 and lacking * 2 >= self._prefetch:
            self._credit += lacking
            self._connection.send_credit(self._handle, self._delivery_count, self._credit)

    def _give_back_unread(self) -> None:
        if self._connection.error is not None:
            return
        self._asking = False
        self._credit = 0
        self._connection.send_credit(self._handle, self._delivery_count, 0)
        while self._buffer:
            self._connection.settle_unconfirmed(self._buffer.popleft().delivery_id, Released())

    async def _settle(self, message: ReceivedMessage, outcome: object) -> None:
        confirmed = await self._connection.settle(message.delivery_id, outcome)
        match confirmed:
            case Rejected(Error() as error):
                raise LockLostError(f"{error.condition}: {error.description}")
            case _:
                return

    def _raise_if_lost(self) -> None:
        if self._connection.error is not None:
            raise self._connection.error
