"""A message that no handler could process, as support sees it: without its body, which holds addresses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Cause(StrEnum):
    """Why the work of a message failed, which decides what becomes of the message."""

    UNREADABLE = "unreadable"  # will never succeed
    PASSING = "passing"  # may succeed later: something it needs was down, busy or contended
    UNEXPECTED = "unexpected"  # a fault of ours, or of a setting


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message and what was done about it.

    `id` is unique and fit for a URL, `size` is in bytes, `shipment_id` is empty where the message names none,
    `replayed_by` is the organisation that asked for the last replay, empty where its credential named none.
    """

    queue: str
    id: str
    cause: Cause
    reason: str
    shipment_id: str
    recorded_at: datetime
    size: int
    replays: int = 0
    replayed_at: datetime | None = None
    replayed_by: str = ""
