"""What a queue needs from its surroundings: somebody to deliver to, and somewhere durable to note changes."""

from typing import Protocol

from devstack.servicebus.stored_message import StoredMessage


class Consumer(Protocol):
    """Somebody who takes messages as they come."""

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


class Journal(Protocol):
    """Takes changes that shall survive the process; nothing is durable before the next flush."""

    def put(self, queue: str, message: StoredMessage) -> None:
        """Note a new message."""
        ...

    def update(self, queue: str, message: StoredMessage) -> None:
        """Note the delivery count and state of a message."""
        ...

    def drop(self, queue: str, sequence_number: int) -> None:
        """Note that a message is gone."""
        ...

    def wipe(self, queue: str) -> None:
        """Note that every message and the duplicate history are gone."""
        ...

    def flush(self) -> None:
        """Make everything noted so far durable."""
        ...
