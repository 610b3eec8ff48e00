"""Keeps the lock of a message alive while its function runs."""

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from devstack.host.triggers.receiving import Receiver

if TYPE_CHECKING:
    from devstack.servicebus.client.received_message import ReceivedMessage

_log = logging.getLogger(__name__)
# Renew this long before the end, or after half the time when the lock is shorter.
_MARGIN_SECONDS = 10.0


class LockRenewal:
    """Renews one lock in time, again and again, until stopped or until `limit` seconds have passed."""

    def __init__(self, receiver: Receiver, message: "ReceivedMessage", limit: float) -> None:
        self._receiver = receiver
        self._message = message
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + limit
        self._timer: asyncio.TimerHandle | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._schedule(message.locked_until.timestamp())

    def stop(self) -> None:
        """Renew no more, because the message is settled next."""
        if self._timer is not None:
            self._timer.cancel()
        if self._renewing is not None:
            self._renewing.cancel()

    def _schedule(self, locked_until: float) -> None:
        left = max(0.0, locked_until - time.time())
        delay = left - min(_MARGIN_SECONDS, left / 2)
        if self._loop.time() + delay < self._ends_at:
            self._timer = self._loop.call_later(delay, self._start)

    def _start(self) -> None:
        self._renewing = self._loop.create_task(self._renew())

    async def _renew(self) -> None:
        try:
            locked_until = await self._receiver.renew_lock(self._message)
        except Exception as error:  # noqa: BLE001 -- after any failure the message is delivered again
            _log.warning("the lock of a message could not be renewed: %s", error)
        else:
            self._schedule(locked_until.timestamp())
