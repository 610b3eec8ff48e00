"""The locks of a queue: which receiver may settle which message, and until when."""

import uuid

from devstack.servicebus.errors import LockLostError
from devstack.servicebus.queues.deadlines import Deadlines
from devstack.servicebus.queues.stored_message import Lock, StoredMessage
from devstack.servicebus.queues.time_source import TimeSource


class LockTable:
    """The locks of one queue, each lasting `seconds` of real time unless renewed."""

    def __init__(self, seconds: float, time: TimeSource) -> None:
        self._seconds = seconds
        self._time = time
        self._messages: dict[bytes, StoredMessage] = {}
        self._ends: Deadlines[bytes] = Deadlines()

    def __len__(self) -> int:
        return len(self._messages)

    def grant(self, message: StoredMessage) -> None:
        """Lock a message under a new token."""
        token = uuid.uuid4().bytes_le
        self._messages[token] = message
        message.lock = self._lasting(token)

    def renew(self, token: bytes) -> Lock:
        """Let a lock last its full time from now on; raises LockLostError."""
        message = self._held(token)
        message.lock = self._lasting(token)
        return message.lock

    def end(self, token: bytes) -> StoredMessage:
        """End a lock on behalf of its holder and return the message; raises LockLostError."""
        message = self._held(token)
        self._forget(token)
        return message

    def expired(self) -> list[StoredMessage]:
        """End the locks whose time is up and return their messages."""
        return [self._forget(token) for token in self._ends.due(self._time.steady())]

    def clear(self) -> None:
        """Forget every lock."""
        self._messages.clear()
        self._ends.clear()

    def _lasting(self, token: bytes) -> Lock:
        lock = Lock(token, self._time.steady() + self._seconds, self._time.real() + self._seconds)
        self._ends.set(token, lock.until)
        return lock

    def _held(self, token: bytes) -> StoredMessage:
        message = self._messages.get(token)
        # The time may be up although nobody has collected the lock yet.
        if message is None or message.lock is None or message.lock.until <= self._time.steady():
            raise LockLostError("the lock has expired or the message was settled already")
        return message

    def _forget(self, token: bytes) -> StoredMessage:
        message = self._messages.pop(token)
        message.lock = None
        self._ends.discard(token)
        return message
