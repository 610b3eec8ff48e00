"""Keeps the agenda moving when timers have stopped: a message that comes every minute and sends the next one.

Each pulse is scheduled for a full minute and named after it, so that many sends make one message. Every
invocation of the app sends it too, which brings it back when its queue was wiped. A pulse looks only for work
that is late: as long as the timer runs it finds none.
"""

import asyncio
import logging
import time
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.ports.queues import QueuedMessage, QueueSender
from shared.records import queues
from shared.records.keys import instant_key
from shared.runtime.clock import Clock
from shared.runtime.errors import NotificationsError
from shared.services.advancing.release_due import ReleaseDue

EVERY = timedelta(minutes=1)
LATE = timedelta(minutes=1)  # the timer, which runs every few seconds, would have come before
_SECONDS = EVERY.total_seconds()
_SEND_SECONDS = 10.0
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class SecondPulse:
    """One process's part in the pulse; `sending` is the latest send in the background."""

    release_due: ReleaseDue
    sender: QueueSender
    clock: Clock
    sending: asyncio.Task[None] | None = field(init=False, default=None)
    _sent_at: float | None = field(init=False, default=None)

    async def __call__(self) -> None:
        """Send the next pulse and wake what is late. Raises nothing: a failed pulse would return at once."""
        await self._send_next()
        try:
            released = await self.release_due(late=LATE)
        except Exception:  # noqa: BLE001  the next pulse comes in a minute
            _log.exception("the agenda could not be worked through")
            return
        if released:
            _log.warning("%d shipments were late: the timer does not run, or not often enough", released)

    def touch(self) -> None:
        """Send the next pulse in the background, once a minute at most; called by every invocation."""
        now = time.monotonic()
        if self._sent_at is None or now - self._sent_at >= _SECONDS:
            self._sent_at = now
            self.sending = asyncio.create_task(self._send_next(), context=Context())

    async def _send_next(self) -> None:
        # clocks may differ by up to half a minute without naming the same pulse again
        half_ahead = self.clock.now() + EVERY / 2
        at = datetime.fromtimestamp((half_ahead.timestamp() // _SECONDS + 1) * _SECONDS, UTC)
        pulse = QueuedMessage(queues.PULSE, f"pulse|{instant_key(at)}", b"{}", at)
        try:
            await self.sender.send(pulse, deadline=_SEND_SECONDS)
        except NotificationsError as error:
            _log.info("the next pulse could not be sent now: %s", error)
