"""The one policy for failed work: what becomes of a message whose work failed, whichever queue it came from.

    unreadable   will never succeed (PermanentError): kept as a dead letter at once
    passing      may succeed later (TransientError, ConflictError): a scheduled copy by the ladder, as long as
                 the work is worth something, and never ended by count
    unexpected   any other error: scheduled copies, too; the sixth failure makes it a dead letter

Work of an order ends with the order: after its deadline the handlers return without doing anything. Where
its queue takes no copy, such work is left to the agenda. Nobody else knows of a report or an outcome, so it
waits in a table and goes to its queue again by itself (`replay_waiting`). Only when that fails, too, the
message has to stay where it is, for Service Bus to deliver it again and at last to keep it in the dead-letter
queue.

Retry is data: an abandoned message is redelivered at once, so ten of them last a second. A copy waits out its
pause.
"""

import hashlib
import logging
from datetime import datetime, timedelta

from shared.domain.orders.dead_letter import Cause
from shared.ports.queues import QueuedMessage, QueueSender
from shared.records import queues
from shared.records.failures import Failures, failures_of, with_failures
from shared.records.keys import instant_key
from shared.records.messages import agenda_due_at
from shared.runtime.clock import Clock
from shared.runtime.errors import (
    ConflictError,
    NotificationsError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from shared.services.handling.record_dead_letter import RecordDeadLetter
from shared.services.handling.retry_schedule import LONGEST_PAUSE, MAX_ATTEMPTS, retry_after_attempt
from shared.storage.dead_letters import DeadLetters

# as long as a message may wait on its queue, and a fraction of the time after which orders lose their content
WORTH = timedelta(days=14)
KNOWN_TO_THE_AGENDA = frozenset({queues.ORDERS, queues.EMAIL_SEND, queues.SMS_SEND, queues.STATUS_FEED})
_COPY_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 86_400.0  # whatever somebody asks for
_log = logging.getLogger(__name__)


class ReturnedError(NotificationsError):
    """Service Bus gave a message up: its deliveries ended without a word, or it waited too long."""


class FailedWork:
    """Decides what becomes of messages."""

    def __init__(
        self, *, sender: QueueSender, record: RecordDeadLetter, letters: DeadLetters, clock: Clock
    ) -> None:
        self._sender = sender
        self._record = record
        self._letters = letters
        self._clock = clock

    async def __call__(self, queue: str, body: bytes, error: Exception) -> bool:
        """Keep a message whose work failed with this error; return whether it may be completed.

        False: it could be kept nowhere, and nothing would bring it back.
        """
        told, cause, now = failures_of(body), cause_of(error), self._clock.now()
        before = told or Failures()
        failures = Failures(
            times=before.times + (not isinstance(error, ThrottledError)),  # a pause asked for is no attempt
            unexpected=before.unexpected + (cause is Cause.UNEXPECTED),
            since=before.since or now,
        )
        _log.warning(
            "work on %s failed at try %d: %s",
            queue,
            before.times + 1,
            _reason(error),
            exc_info=None if isinstance(error, NotificationsError) else error,
        )
        if cause is Cause.PASSING and queue in KNOWN_TO_THE_AGENDA and _is_brought_again(body, before, now):
            return True
        is_hopeless = _is_hopeless(cause, failures, now) or (cause is Cause.UNEXPECTED and told is None)
        if is_hopeless and await self.recorded(queue, body, cause, _reason(error)):
            return True
        pause = retry_after_attempt(before.times + 1) if told is not None else LONGEST_PAUSE
        if isinstance(error, ThrottledError):
            pause = max(pause, timedelta(seconds=min(_LONGEST_WAIT_SECONDS, error.retry_after)))
        return await self._copied(queue, with_failures(body, failures), now + pause)

    async def recorded(self, queue: str, body: bytes, cause: Cause, reason: str) -> bool:
        """Keep a message as a dead letter; return whether that worked."""
        try:
            await self._record(queue, body, cause, reason)
        except Exception as error:  # noqa: BLE001  whatever it is, the message must not be lost for it
            _log.warning("a dead letter of %s could not be recorded: %s", queue, _reason(error))
            return False
        return True

    async def _copied(self, queue: str, body: bytes, at: datetime) -> bool:
        digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        copy = QueuedMessage(queue, f"retry|{digest}|{instant_key(at)}", body, at)
        try:
            await self._sender.send(copy, deadline=_COPY_SECONDS)
        except PermanentError as error:  # too large with what it says of its failures
            is_kept = await self.recorded(queue, body, Cause.UNREADABLE, str(error))
        except Exception as error:  # noqa: BLE001  as above
            _log.warning("queue %s did not take a message back: %s", queue, _reason(error))
            is_kept = queue not in KNOWN_TO_THE_AGENDA and await self._put_off(queue, body, at)
        else:
            return True
        return is_kept or queue in KNOWN_TO_THE_AGENDA

    async def _put_off(self, queue: str, body: bytes, at: datetime) -> bool:
        try:
            await self._letters.put_off(queue, body, at)
        except Exception as error:  # noqa: BLE001  as above
            _log.warning("a message of %s could not be kept: %s", queue, _reason(error))
            return False
        return True


def cause_of(error: Exception) -> Cause:
    """Return what an error says about trying again."""
    match error:
        case PermanentError():
            return Cause.UNREADABLE
        case TransientError() | ConflictError():
            return Cause.PASSING
        case _:
            return Cause.UNEXPECTED


def _is_hopeless(cause: Cause, failures: Failures, now: datetime) -> bool:
    match cause:
        case Cause.UNREADABLE:
            return True
        case Cause.UNEXPECTED:
            return failures.unexpected >= MAX_ATTEMPTS
        case Cause.PASSING:
            return failures.since is not None and now - failures.since >= WORTH


def _is_brought_again(body: bytes, before: Failures, now: datetime) -> bool:
    """Whether the agenda row of this work became due since it first failed: another message is on its way.

    More copies of this one would only multiply what waits.
    """
    due = agenda_due_at(body)
    return before.since is not None and due is not None and before.since < due <= now


def _reason(error: Exception) -> str:
    """Return what may be told of an error; the texts of those that are not ours may hold addresses."""
    return str(error) if isinstance(error, NotificationsError) else type(error).__name__
