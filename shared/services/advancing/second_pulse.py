"""Keeps the agenda moving when timers have stopped: a message that comes every minute and sends the next one.

Each is scheduled for a full minute and named after it, so that however many are sent it is one. Whatever a
process does sends it too, which brings it back when its queue was wiped. It looks only for what is late: as
long as the timer runs it finds nothing to do.
"""

import asyncio
import logging
import time
from contextvars import Context
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


class SecondPulse:
    """The pulse as one process takes part in it."""

    def __init__(self, *, release_due: ReleaseDue, sender: QueueSender, clock: Clock) -> None:
        self._release_due = release_due
        self._sender = sender
        self._clock = clock
        self._sent_at: float | None = None
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Do what a pulse is for. Never fails: the next one comes in a minute, this one would at once."""
        await self._send_next()
        try:
            released = await self._release_due(late=LATE)
        except Exception:  # noqa: BLE001  as said
            _log.exception("the agenda could not be worked through")
            return
        if released:
            _log.warning("%d shipments were late: the timer does not run, or not often enough", released)

    def touch(self) -> None:
        """Send the next pulse in the background, once a minute at most; to be called whatever is done."""
        now = time.monotonic()
        if self._sent_at is None or now - self._sent_at >= _SECONDS:
            self._sent_at = now
            self._sending = asyncio.create_task(self._send_next(), context=Context())

    async def _send_next(self) -> None:
        # half a minute of difference between the clocks here and there must not name the same one again
        half_ahead = self._clock.now() + EVERY / 2
        at = datetime.fromtimestamp((half_ahead.timestamp() // _SECONDS + 1) * _SECONDS, UTC)
        pulse = QueuedMessage(queues.PULSE, f"pulse|{instant_key(at)}", b"{}", at)
        try:
            await self._sender.send(pulse, deadline=_SEND_SECONDS)
        except NotificationsError as error:
            _log.info("the next pulse could not be sent now: %s", error)
