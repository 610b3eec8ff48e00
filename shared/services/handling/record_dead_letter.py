"""Records poison messages where an operator finds them, and raises the alert.

The shipment itself is not lost: its agenda row is still there and looks again. The body is kept for a replay
and never logged, since it may hold addresses and texts.
"""

import logging

import orjson

from shared.domain.orders.dead_letter import Cause
from shared.domain.orders.ids import parse_id
from shared.runtime.clock import Clock
from shared.storage.dead_letters import DeadLetters

_log = logging.getLogger(__name__)


class RecordDeadLetter:
    """Keeps one poison message."""

    def __init__(self, *, letters: DeadLetters, clock: Clock) -> None:
        self._letters = letters
        self._clock = clock

    async def __call__(self, queue: str, body: bytes, cause: Cause, reason: str) -> None:
        """Record a message; one that is recorded already stays as it is."""
        shipment = _shipment_id(body)
        await self._letters.record(
            queue, body, cause=cause, reason=reason, shipment_id=shipment, at=self._clock.now()
        )
        # the alert looks for this text
        _log.error("dead letter on %s: %s", queue, reason, extra={"queue": queue, "shipment": shipment})


def _shipment_id(body: bytes) -> str:
    """Return the shipment of a message of ours, or of a report on an e-mail; empty when it names none."""
    try:
        value = orjson.loads(body)
        # an event has an id of its own, which is nobody's shipment
        item = parse_id(str(value["data"]["messageId"] if "data" in value else value["id"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return ""
    return "" if item is None else str(item.owner)
