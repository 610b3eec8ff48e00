"""The consumers of one queue, and whose turn it is."""

from collections import deque
from typing import Protocol

from devstack.servicebus.queues.stored_message import StoredMessage


class Consumer(Protocol):
    """Takes messages as they come."""

    @property
    def credit(self) -> int:
        """How many more messages it takes now."""
        ...

    @property
    def locks(self) -> bool:
        """Whether messages are locked for it until it settles them, or gone once delivered."""
        ...

    def deliver(self, message: StoredMessage) -> None:
        """Take one message, of which it then has one credit less."""
        ...


class Consumers:
    """The consumers of one queue, served in turn."""

    def __init__(self) -> None:
        self._turns: deque[Consumer] = deque()

    def add(self, consumer: Consumer) -> None:
        """Let a consumer take part; it gets messages once it has credit and the queue dispatches."""
        self._turns.append(consumer)

    def remove(self, consumer: Consumer) -> None:
        """Deliver nothing more to this consumer; its locks stay until they end."""
        if consumer in self._turns:
            self._turns.remove(consumer)

    def next_with_credit(self) -> Consumer | None:
        """Return the next consumer that takes a message, None when none does."""
        for _ in range(len(self._turns)):
            consumer = self._turns[0]
            self._turns.rotate(-1)
            if consumer.credit > 0:
                return consumer
        return None
