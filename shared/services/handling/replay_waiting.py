"""Sends messages again that wait in a table because their queue took no copy when their work failed."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.ports.queues import QueuedMessage, QueueSender
from shared.runtime.clock import Clock
from shared.runtime.errors import NotificationsError
from shared.storage.dead_letters import DeadLetters, WaitingMessage

EVERY = timedelta(minutes=1)
AT_ONCE = 100
_MAX_CHUNKS = 10
_SEND_SECONDS = 10.0
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class ReplayWaiting:
    """Looks for waiting messages and sends them."""

    dead_letters: DeadLetters
    sender: QueueSender
    real_time: Clock
    _looked_at: datetime | None = field(init=False, default=None)

    async def __call__(self) -> int:
        """Send a bounded number of messages, the oldest first, and return how many were sent.

        It looks once a minute, however often it is called. What is not sent waits for the next time.
        """
        now = self.real_time.now()
        if self._looked_at is not None and now - self._looked_at < EVERY:
            return 0
        self._looked_at = now
        sent = 0
        try:
            for _ in range(_MAX_CHUNKS):
                waiting = await self.dead_letters.waiting(AT_ONCE)
                gone = await self._send(waiting)
                await self.dead_letters.forget(gone)
                sent += len(gone)
                if len(gone) < AT_ONCE:
                    break
        except NotificationsError as error:
            _log.warning("messages that wait for their queue are left for the next time: %s", error)
        if sent:
            _log.info("%d messages that waited are on their queues again", sent)
        return sent

    async def _send(self, waiting: list[WaitingMessage]) -> list[WaitingMessage]:
        """Send messages; return those that their queues took."""
        sends = (
            self.sender.send(
                QueuedMessage(message.queue, f"waited|{message.key}", message.body), deadline=_SEND_SECONDS
            )
            for message in waiting
        )
        outcomes = await asyncio.gather(*sends, return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                _log.warning("a message that waits is not sent: %s", outcome)
                break
        return [message for message, outcome in zip(waiting, outcomes, strict=True) if outcome is None]
