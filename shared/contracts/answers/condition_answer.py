"""The result of asking an order's condition endpoint, as version 1 and the support dashboard show it."""

from typing import TypedDict

from shared.contracts.answers.wire_types import Instant
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.condition import ConditionOutcome, ConditionRecord


class ConditionRecordAnswer(TypedDict):
    """The result of asking the order's condition endpoint.

    `Pending` is asked again; what stays unclear ends as `InconclusiveSent` or `InconclusiveStopped`. `reason`
    is `answered`, or says why the latest answer was unclear, such as `status 503`, `deadline` or `address
    refused`. `attempts` counts the questions so far; it starts again before a message that was held is sent.
    """

    outcome: ConditionOutcome
    reason: str
    attempts: int
    lastAsked: Instant


def send_condition(record: ConditionRecord) -> ConditionRecordAnswer:
    """Build the result of the latest round of questions to the condition endpoint."""
    return {
        "outcome": record.outcome,
        "reason": record.reason,
        "attempts": record.attempts,
        "lastAsked": format_instant(record.asked_at),
    }
