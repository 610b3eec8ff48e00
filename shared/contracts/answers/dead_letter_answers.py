"""What operators ask about dead letters, and what they are told: never the body of a message."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shared.contracts.answers.json_out import JsonObject, present
from shared.contracts.reading.queries import Errors, not_valid, read_int32
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.dead_letter import DeadLetter
from shared.runtime.errors import RequestInvalidError

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200

_TOKEN = re.compile(r"[0-9a-f-]{1,64}")


@dataclass(frozen=True, slots=True)
class DeadLetterQuery:
    """A page of up to `page_size` messages, of one queue or of all, from beyond the place `after` on."""

    queue: str | None
    page_size: int
    after: str


def read_dead_letter_query(query: Mapping[str, str], queues: Collection[str]) -> DeadLetterQuery:
    """Read which page of which queue is wanted; sizes are clamped, never refused."""
    errors: Errors = {}
    queue = query.get("queue", "").lower() or None
    if queue is not None and queue not in queues:
        errors["queue"] = [not_valid(query["queue"])]
    page_size = read_int32(query.get("pagesize") or str(DEFAULT_PAGE_SIZE))
    if page_size is None:
        errors["pageSize"] = [not_valid(query["pagesize"])]
    after = query.get("continuationtoken", "")
    if after and _TOKEN.fullmatch(after) is None:
        errors["continuationToken"] = [not_valid(after)]
    if errors or page_size is None:
        raise RequestInvalidError(errors)
    return DeadLetterQuery(queue, min(max(page_size, 1), MAX_PAGE_SIZE), after)


def dead_letter_page(letters: Sequence[DeadLetter], page_size: int) -> JsonObject:
    """Build a page; the token is there when there may be another one."""
    token = letters[-1].id if len(letters) == page_size else None
    return present(deadLetters=[dead_letter(letter) for letter in letters], continuationToken=token)


def dead_letter(letter: DeadLetter) -> JsonObject:
    """Build what is told of one message."""
    return present(
        queue=letter.queue,
        id=letter.id,
        cause=letter.cause.value,
        reason=letter.reason,
        shipmentId=letter.shipment_id or None,
        recordedAt=format_instant(letter.recorded_at),
        sizeBytes=letter.size,
        replays=letter.replays,
        replayedAt=format_instant(letter.replayed_at) if letter.replayed_at else None,
        replayedBy=letter.replayed_by or None,
    )
