"""Decides what becomes of a message whose work failed; the one policy for all queues.

    unreadable   PermanentError: it will never succeed. Kept as a dead letter at once.
    passing      TransientError, ConflictError: it may succeed later. Copies are scheduled, with growing
                 pauses, for as long as the work is worth something.
    unexpected   any other error. Copies are scheduled too; the sixth failure makes it a dead letter.

Work of an order ends with the order: after its deadline the handlers return without doing anything. If its
queue takes no copy, the agenda brings such work again. A report or an outcome is on no agenda: it is stored
in a table, and `replay_waiting` sends it again. If that fails too, the message stays on its queue. Service
Bus then delivers it again, and at last moves it to the dead-letter queue.

Failures are counted in the body of the copy, because a message that is only abandoned is redelivered at once:
ten deliveries last a second.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.orders.dead_letter import Cause
from shared.domain.sending.retry_schedule import LONGEST_PAUSE, MAX_ATTEMPTS, retry_after_attempt
from shared.ports.queues import QueuedMessage, QueueSender
from shared.records import queues
from shared.records.failures import Failures, failures_of, with_failures
from shared.records.keys import instant_key
from shared.records.messages import agenda_due_at
from shared.records.named_items import item_in
from shared.runtime.clock import Clock
from shared.runtime.errors import (
    ConflictError,
    NotificationsError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from shared.services.measures import DEAD_LETTERS
from shared.storage.dead_letters import DeadLetters

# as long as a message may wait on its queue, and a fraction of the time after which orders lose their content
WORTH = timedelta(days=14)
KNOWN_TO_THE_AGENDA = frozenset(queues.QUEUES) - {queues.DELIVERY_REPORTS}
_COPY_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 86_400.0  # for a ThrottledError that asks for more
_log = logging.getLogger(__name__)


class ReturnedError(NotificationsError):
    """Service Bus gave a message up: its deliveries ended without an error of ours, or it waited too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedWork:
    """Keeps messages whose work failed: as a scheduled copy, as a dead letter, or in a table."""

    sender: QueueSender
    dead_letters: DeadLetters
    clock: Clock

    async def __call__(self, queue: str, body: bytes, error: Exception) -> bool:
        """Keep a message whose work failed with this error; return whether it may be completed.

        False: it could be kept nowhere, and nothing would bring it back.
        """
        known, cause, now = failures_of(body), cause_of(error), self.clock.now()
        before = known or Failures()
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
        is_hopeless = _is_hopeless(cause, failures, now) or (cause is Cause.UNEXPECTED and known is None)
        if is_hopeless and await self.recorded(queue, body, cause, _reason(error)):
            return True
        pause = retry_after_attempt(before.times + 1) if known is not None else LONGEST_PAUSE
        if isinstance(error, ThrottledError):
            pause = max(pause, timedelta(seconds=min(_LONGEST_WAIT_SECONDS, error.retry_after)))
        return await self._copied(queue, with_failures(body, failures), now + pause)

    async def recorded(self, queue: str, body: bytes, cause: Cause, reason: str) -> bool:
        """Keep a message as a dead letter and raise the alert; return whether that worked.

        The body is stored for a replay and never logged, since it may hold addresses and texts.
        """
        try:
            shipment, now = _shipment_id(body), self.clock.now()
            await self.dead_letters.record(
                queue, body, cause=cause, reason=reason, shipment_id=shipment, at=now
            )
        except Exception as error:  # noqa: BLE001  the message must not be lost, whatever this is
            _log.warning("a dead letter of %s could not be recorded: %s", queue, _reason(error))
            return False
        DEAD_LETTERS.put(queue=queue)
        # the alert looks for this text
        _log.error("dead letter on %s: %s", queue, reason, extra={"queue": queue, "shipment": shipment})
        return True

    async def _copied(self, queue: str, body: bytes, at: datetime) -> bool:
        digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        copy = QueuedMessage(queue, f"retry|{digest}|{instant_key(at)}", body, at)
        try:
            await self.sender.send(copy, deadline=_COPY_SECONDS)
        except PermanentError as error:  # too large with the record of its failures
            is_kept = await self.recorded(queue, body, Cause.UNREADABLE, str(error))
        except Exception as error:  # noqa: BLE001  as above
            _log.warning("queue %s did not take a message back: %s", queue, _reason(error))
            is_kept = queue not in KNOWN_TO_THE_AGENDA and await self._put_off(queue, body, at)
        else:
            return True
        return is_kept or queue in KNOWN_TO_THE_AGENDA

    async def _put_off(self, queue: str, body: bytes, at: datetime) -> bool:
        try:
            await self.dead_letters.put_off(queue, body, at)
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
    """Whether the agenda row of this work became due since it first failed: then another message was sent.

    More copies of this one would only multiply what waits.
    """
    due = agenda_due_at(body)
    return before.since is not None and due is not None and before.since < due <= now


def _reason(error: Exception) -> str:
    """Return what may be logged of an error; the text of a foreign error may hold addresses."""
    return str(error) if isinstance(error, NotificationsError) else type(error).__name__


def _shipment_id(body: bytes) -> str:
    item = item_in(body)
    return "" if item is None else str(item.owner)
