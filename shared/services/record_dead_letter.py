"""Records poison messages where an operator finds them, and raises the alert.

The shipment itself is not lost: its agenda row is still there and looks again. The body is kept for a replay
and never logged, since it may hold addresses and texts.
"""

import hashlib
import logging
from datetime import UTC

import orjson

from shared.clock import Clock
from shared.errors import ConflictError
from shared.ids import parse_id
from shared.ports import Properties, TableStore
from shared.storage.keys import DEAD_LETTERS, instant_key

_MAX_BODY_BYTES = 60_000
_log = logging.getLogger(__name__)


class RecordDeadLetter:
    """Writes one row per poison message."""

    def __init__(self, *, store: TableStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, queue: str, body: bytes, reason: str) -> None:
        """Record a message; one that is recorded already stays as it is."""
        now = self._clock.now().astimezone(UTC)
        digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        shipment = _shipment_id(body)
        _log.error("dead letter on %s: %s", queue, reason, extra={"queue": queue, "shipment": shipment})
        properties: Properties = {
            "Reason": reason[:1000],
            "Shipment": shipment,
            "RecordedAt": now.isoformat(),
            "Body": body[:_MAX_BODY_BYTES],
        }
        try:
            await self._store.insert(DEAD_LETTERS, queue, f"{instant_key(now)}|{digest}", properties)
        except ConflictError:
            return


def _shipment_id(body: bytes) -> str:
    try:
        item = parse_id(orjson.loads(body)["id"])
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return ""
    return "" if item is None else str(item.owner)
