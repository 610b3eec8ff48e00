"""Turns failed queue work into a scheduled copy: retry is data, a held or abandoned message is not.

An abandoned message is redelivered at once, so ten of them last a second. A copy waits out its backoff, and
only when the last one failed is the message left to the dead-letter queue.
"""

import hashlib
import logging
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import orjson

from shared.clock import Clock
from shared.errors import NotificationsError, PermanentError, ThrottledError
from shared.messaging.envelope import TRY
from shared.ports import QueuedMessage, QueueSender
from shared.services.retry_schedule import MAX_ATTEMPTS, retry_after_attempt
from shared.storage.keys import instant_key

_COPY_SECONDS = 10.0
_log = logging.getLogger(__name__)


class RetryWork:
    """Runs the work of one message."""

    def __init__(self, *, sender: QueueSender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock

    async def __call__(self, queue: str, body: bytes, work: Awaitable[None]) -> None:
        """Await the work; when it fails for a reason that may pass, schedule a copy of the message instead.

        Raises what must end in the dead-letter queue: PermanentError, and any error of the last attempt.
        """
        try:
            await work
        except PermanentError:
            raise
        except Exception as error:
            if not await self._copied(queue, body, error):
                raise

    async def _copied(self, queue: str, body: bytes, error: Exception) -> bool:
        value: Any = orjson.loads(body)
        parts = value if isinstance(value, list) else [value]  # events may come as an array
        tried = max((int(part.get(TRY, 1)) for part in parts if isinstance(part, dict)), default=1)
        expected = isinstance(error, NotificationsError)
        _log.warning(
            "work on %s failed at try %d: %s",
            queue,
            tried,
            error if expected else type(error).__name__,
            exc_info=not expected,
        )
        delay, next_try = retry_after_attempt(tried), tried + 1
        if isinstance(error, ThrottledError):  # a pause that was asked for is no attempt
            delay, next_try = max(delay, timedelta(seconds=error.retry_after)), tried
        if next_try > MAX_ATTEMPTS:
            return False
        at = self._clock.now() + delay
        digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        message_id = f"retry|{digest}|{tried}|{instant_key(at)}"
        copies = [
            QueuedMessage(queue, f"{message_id}|{number}", orjson.dumps(_again(part, next_try)), at)
            for number, part in enumerate(parts)
        ]
        try:
            await self._sender.send_all(copies, deadline=_COPY_SECONDS)
        except NotificationsError:
            return False
        return True


def _again(part: Any, next_try: int) -> Any:
    return part | {TRY: next_try} if isinstance(part, dict) else part  # what is no event fails by itself
