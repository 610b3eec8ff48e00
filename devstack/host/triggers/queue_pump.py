"""Keeps one queue connected to its consumer, also after connections are lost."""

import asyncio
import contextlib
import logging
from typing import Protocol

from devstack.host.triggers.receiving import Connect, Receiver

_log = logging.getLogger(__name__)
_FIRST_DELAY_SECONDS = 0.1
_LAST_DELAY_SECONDS = 5.0


class Consumer(Protocol):
    """Takes messages from a receiver until cancelled."""

    async def consume(self, receiver: Receiver) -> None:
        """Raises when the receiver fails; work that has begun goes on."""
        ...


class QueuePump:
    """Connects, runs the consumer, and connects again, with growing pauses while the broker is away."""

    def __init__(self, queue: str, connect: Connect, consumer: Consumer) -> None:
        self.connected = asyncio.Event()
        self._queue = queue
        self._connect = connect
        self._consumer = consumer
        self._receiver: Receiver | None = None
        self._task = asyncio.create_task(self._run())

    async def stop_taking(self) -> None:
        """Receive no more; messages in flight can be settled until `close`."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def close(self) -> None:
        """Drop the connection."""
        if self._receiver is not None:
            await _close_quietly(self._receiver)

    async def _run(self) -> None:
        delay = _FIRST_DELAY_SECONDS
        while True:
            try:
                self._receiver = receiver = await self._connect()
            except Exception as error:  # noqa: BLE001 -- after any failure to connect it tries again
                _log.warning("%s: no connection, next attempt in %.1f s: %s", self._queue, delay, error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_DELAY_SECONDS)
                continue
            self.connected.set()
            try:
                await self._consumer.consume(receiver)
            except Exception as error:  # noqa: BLE001 -- a client can fail in many ways
                _log.warning("%s: connection lost: %s", self._queue, error)
                delay = _FIRST_DELAY_SECONDS
                await _close_quietly(receiver)
                await asyncio.sleep(delay)


async def _close_quietly(receiver: Receiver) -> None:
    with contextlib.suppress(Exception):
        await receiver.close()
