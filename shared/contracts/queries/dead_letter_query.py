"""A page of dead letters, as operators ask for it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.contracts.queries.values import Errors, not_valid, read_int32
from shared.runtime.errors import RequestInvalidError

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200

_TOKEN = re.compile(r"[0-9a-f-]{1,64}")


@dataclass(frozen=True, slots=True)
class DeadLetterQuery:
    """Up to `page_size` messages that come after the id `after`; of all queues when `queue` is None."""

    queue: str | None
    page_size: int
    after: str


def read_dead_letter_query(query: Mapping[str, str], queues: Collection[str]) -> DeadLetterQuery:
    """Read the queue, the size and the token of a page; a size is clamped, never refused."""
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
