"""Whether a message may still go out: how often the sender is asked, and what follows if it stays unclear.

Questions are asked in rounds. A round ends with a clear answer, or with the last of its attempts; then the
policy decides. What the latest round came to stays on the order, with the reason.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FRESH = timedelta(hours=1)  # a message held for longer than this is asked about again before it leaves


class WhenInconclusive(StrEnum):
    """What becomes of a message whose sender never answered clearly."""

    SEND = "Send"
    STOP = "Stop"


@dataclass(frozen=True, slots=True)
class ConditionPolicy:
    """How often a condition endpoint is asked in a round, how far apart, and what an unclear round means."""

    attempts: int = 2
    spacing: timedelta = timedelta(seconds=60)
    when_inconclusive: WhenInconclusive = WhenInconclusive.SEND


@dataclass(frozen=True, slots=True)
class ConditionAnswer:
    """What one question came to; `met` is None when the answer was inconclusive.

    `reason` is a few words for the sender and for support, without any part of the address or the answer.
    `silent` means that no whole answer came.
    """

    met: bool | None
    reason: str
    silent: bool = False


class ConditionOutcome(StrEnum):
    """What a round came to, in the words of the API."""

    PENDING = "Pending"  # inconclusive so far: to be asked again
    MET = "Met"
    NOT_MET = "NotMet"
    INCONCLUSIVE_SENT = "InconclusiveSent"
    INCONCLUSIVE_STOPPED = "InconclusiveStopped"

    @property
    def stops(self) -> bool:
        """Whether nothing is sent any more."""
        return self in (ConditionOutcome.NOT_MET, ConditionOutcome.INCONCLUSIVE_STOPPED)


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """The last round of an order: its outcome, the reason of the last answer, and how often it has asked.

    `again_at` is set while the outcome is pending. It is kept rather than computed, so that a changed policy
    counts from the next answer on.
    """

    outcome: ConditionOutcome
    reason: str
    attempts: int
    asked_at: datetime
    again_at: datetime | None = None


def ask_at(record: ConditionRecord | None, now: datetime) -> datetime | None:
    """Return when to ask, at once if not after `now`; None while the last answer may be relied on."""
    if record is None:
        return now
    if record.again_at is not None:
        return record.again_at
    return now if now > record.asked_at + FRESH else None


def with_answer(
    record: ConditionRecord | None, answer: ConditionAnswer, now: datetime, policy: ConditionPolicy
) -> ConditionRecord:
    """Return the record after one more question: of the same round while it is pending, else of a new one."""
    attempts = 1 if record is None or record.again_at is None else record.attempts + 1
    outcome = _outcome(answer, attempts, policy)
    again_at = now + policy.spacing if outcome is ConditionOutcome.PENDING else None
    return ConditionRecord(outcome, answer.reason, attempts, now, again_at)


def _outcome(answer: ConditionAnswer, attempts: int, policy: ConditionPolicy) -> ConditionOutcome:
    if answer.met is not None:
        return ConditionOutcome.MET if answer.met else ConditionOutcome.NOT_MET
    if attempts < policy.attempts:
        return ConditionOutcome.PENDING
    match policy.when_inconclusive:
        case WhenInconclusive.SEND:
            return ConditionOutcome.INCONCLUSIVE_SENT
        case WhenInconclusive.STOP:
            return ConditionOutcome.INCONCLUSIVE_STOPPED
