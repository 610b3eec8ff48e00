"""Sends a dead letter to its queue again, for an operator who has repaired what made it fail.

A replay is always safe, and may be repeated: a handler reads the row as it is now and repeats nothing that
was done, whether the message comes after a second or after weeks. The message counts its failures from zero.
It has an id of its own, because duplicate detection would drop it otherwise.
"""

import logging
import secrets
from dataclasses import dataclass

from shared.domain.orders.dead_letter import DeadLetter
from shared.ports.queues import QueuedMessage, QueueSender
from shared.records.messages import renewed
from shared.runtime.clock import Clock
from shared.runtime.errors import PermanentError
from shared.storage.dead_letters import DeadLetters

SEND_SECONDS = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDeadLetter:
    """Replays one message."""

    dead_letters: DeadLetters
    sender: QueueSender
    clock: Clock

    async def __call__(self, queue: str, letter_id: str, *, by: str) -> DeadLetter | None:
        """Replay a message and note that on its record; return the record, None when there is none.

        `by` is the organisation that asks for it. TransientError: not known to be sent and noted; to be
        repeated. PermanentError: its body was too large to be kept.
        """
        stored = await self.dead_letters.load(queue, letter_id)
        if stored is None:
            return None
        if stored.body is None:
            raise PermanentError("the message was too large to be kept and cannot be replayed")
        message_id = f"replay|{letter_id}|{secrets.token_hex(8)}"
        message = QueuedMessage(queue, message_id, renewed(queue, stored.body))
        await self.sender.send(message, deadline=SEND_SECONDS)
        _log.info("dead letter %s of %s is replayed for %s", letter_id, queue, by or "an unnamed caller")
        return await self.dead_letters.note_replay(stored, self.clock.now(), by)
