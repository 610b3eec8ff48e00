"""Sends a dead letter to its queue again, for an operator who has removed what made it fail.

Always safe, as often as wanted: a handler reads what is true now and repeats nothing that was done, whether
the message comes back after a second or after weeks. The message starts anew: it is tried as often as a new
one, and has an id of its own, or duplicate detection would swallow it.
"""

import logging
import secrets

from shared.domain.orders.dead_letter import DeadLetter
from shared.ports.queues import QueuedMessage, QueueSender
from shared.records.messages import renewed
from shared.runtime.clock import Clock
from shared.runtime.errors import PermanentError
from shared.storage.dead_letters import DeadLetters

SEND_SECONDS = 10.0
_log = logging.getLogger(__name__)


class ReplayDeadLetter:
    """Replays one message."""

    def __init__(self, *, letters: DeadLetters, sender: QueueSender, clock: Clock) -> None:
        self._letters = letters
        self._sender = sender
        self._clock = clock

    async def __call__(self, queue: str, letter_id: str, *, by: str) -> DeadLetter | None:
        """Replay a message and note that on it; return what is told of it then, None when there is none.

        `by` is the organisation that asks. TransientError: not known to be sent, or not known to be noted; to
        be repeated. PermanentError: its body was too large to be kept.
        """
        stored = await self._letters.load(queue, letter_id)
        if stored is None:
            return None
        if stored.body is None:
            raise PermanentError("the message was too large to be kept and cannot be replayed")
        message_id = f"replay|{letter_id}|{secrets.token_hex(8)}"
        message = QueuedMessage(queue, message_id, renewed(queue, stored.body))
        await self._sender.send(message, deadline=SEND_SECONDS)
        _log.info("dead letter %s of %s is replayed for %s", letter_id, queue, by or "nobody in particular")
        return await self._letters.note_replay(stored, self._clock.now(), by)
