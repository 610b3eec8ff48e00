"""Answers to operators about dead letters; the body of a message is never shown."""

from collections.abc import Sequence
from typing import TypedDict

from shared.contracts.answers.json_out import without_nulls
from shared.contracts.answers.wire_types import Instant, Uuid
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.dead_letter import Cause, DeadLetter


class DeadLetterAnswer(TypedDict):
    """A message that no handler could process; its body is never shown."""

    queue: str
    id: str
    cause: Cause
    reason: str
    shipmentId: Uuid | None
    recordedAt: Instant
    sizeBytes: int
    replays: int
    replayedAt: Instant | None
    replayedBy: str | None


class DeadLetterPageAnswer(TypedDict):
    """Messages, the newest first; `continuationToken` leads to those before them."""

    deadLetters: list[DeadLetterAnswer]
    continuationToken: str | None


def dead_letter_page(letters: Sequence[DeadLetter], page_size: int) -> DeadLetterPageAnswer:
    """Build a page; a full one has a token, because there may be another."""
    answer: DeadLetterPageAnswer = {
        "deadLetters": [dead_letter(letter) for letter in letters],
        "continuationToken": letters[-1].id if len(letters) == page_size else None,
    }
    return without_nulls(answer)


def dead_letter(letter: DeadLetter) -> DeadLetterAnswer:
    """Build one message."""
    answer: DeadLetterAnswer = {
        "queue": letter.queue,
        "id": letter.id,
        "cause": letter.cause,
        "reason": letter.reason,
        "shipmentId": letter.shipment_id or None,
        "recordedAt": format_instant(letter.recorded_at),
        "sizeBytes": letter.size,
        "replays": letter.replays,
        "replayedAt": format_instant(letter.replayed_at) if letter.replayed_at else None,
        "replayedBy": letter.replayed_by or None,
    }
    return without_nulls(answer)
