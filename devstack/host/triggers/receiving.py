"""What the Service Bus trigger needs of a receiver: the AMQP client has it, and one in memory for tests."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from devstack.servicebus.client.received_message import ReceivedMessage


class Receiver(Protocol):
    """Receives from one queue in peek-lock mode; every method raises when the connection is gone."""

    async def receive(self, max_messages: int, wait: float) -> "Sequence[ReceivedMessage]":
        """Return up to `max_messages` as soon as there is one, or none after `wait` seconds."""
        ...

    async def complete(self, message: "ReceivedMessage", /) -> None:
        """Remove the message from its queue."""
        ...

    async def abandon(self, message: "ReceivedMessage", /) -> None:
        """Give the message back for another delivery."""
        ...

    async def renew_lock(self, message: "ReceivedMessage", /) -> datetime:
        """Extend the lock and return its new end (aware UTC)."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


type Connect = Callable[[], Awaitable[Receiver]]
