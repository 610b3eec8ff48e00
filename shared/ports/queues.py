"""Queues: sending to them, and looking into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message for a queue: JSON body, id for duplicate detection, optional earliest delivery.

    `scheduled_at` follows `shared.runtime.clock`. `may_share` says that the body, which must be valid JSON,
    may travel as one item of a message with others that are sent at the same moment. Duplicate detection then
    knows the items together only. `traceparent` is the trace context in which its receiver goes on; the
    sender adds it.
    """

    queue: str
    message_id: str
    body: bytes
    scheduled_at: datetime | None = None
    may_share: bool = False
    traceparent: str | None = None


class QueueSender(Protocol):
    """Puts messages on queues; transport only, nothing relies on a message arriving once or at all."""

    async def send(self, message: QueuedMessage, *, deadline: float) -> None:
        """Send one message; TransientError when not known to be accepted within `deadline` seconds."""

    async def send_all(self, messages: Sequence[QueuedMessage], *, deadline: float) -> None:
        """Send messages of one queue in as few transfers as possible; raise TransientError as `send` does."""

    async def check(self, queue: str, *, deadline: float) -> None:
        """Make sure that there is a connection for a queue; TransientError when there is none in time."""


class QueueWatch(Protocol):
    """Looks into queues without touching what is in them."""

    async def oldest(self, queue: str) -> datetime | None:
        """Return since when the oldest message has been there to be handled; None when there is none.

        Messages that are scheduled for later do not count. TransientError: unknown now. PermanentError: the
        queue may not be looked into, or there is none.
        """
