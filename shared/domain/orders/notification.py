"""Results of a notification and how they combine.

Results only ever move up: `New < Sending < Accepted/Succeeded < expired < failed < delivered`, and for e-mail
`delivered < bounced`, because mail that was handed over may come back. Combining is taking the maximum of a
total order, so reports may arrive late, doubled or in any order and the outcome is the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.orders.order import Channel


class EmailResult(StrEnum):
    """Result of one e-mail, in rising precedence; the value is the stored and version 1 wire name."""

    NEW = "New"
    SENDING = "Sending"
    SUCCEEDED = "Succeeded"
    FAILED_TTL = "Failed_TTL"
    FAILED_TRANSIENT_ERROR = "Failed_TransientError"
    FAILED = "Failed"
    FAILED_UNKNOWN_SENDER = "Failed_UnknownSender"  # the sender that the order named; `Failed` on the wire
    FAILED_RECIPIENT_RESERVED = "Failed_RecipientReserved"
    FAILED_RECIPIENT_NOT_IDENTIFIED = "Failed_RecipientNotIdentified"
    FAILED_INVALID_EMAIL_FORMAT = "Failed_InvalidEmailFormat"
    FAILED_SUPPRESSED_RECIPIENT = "Failed_SupressedRecipient"  # spelt so on the wire
    FAILED_FILTERED_SPAM = "Failed_FilteredSpam"
    FAILED_QUARANTINED = "Failed_Quarantined"
    FAILED_INVALID_SAS_URL = "Failed_InvalidSasUrl"
    FAILED_PAYLOAD_TOO_LARGE = "Failed_PayloadTooLarge"
    DELIVERED = "Delivered"
    FAILED_BOUNCED = "Failed_Bounced"


class SmsResult(StrEnum):
    """Result of one SMS, in rising precedence; the value is the stored and version 1 wire name."""

    NEW = "New"
    SENDING = "Sending"
    ACCEPTED = "Accepted"
    FAILED_TTL = "Failed_TTL"
    FAILED = "Failed"
    FAILED_UNKNOWN_SENDER = "Failed_UnknownSender"  # the sender that the order named; `Failed` on the wire
    FAILED_INVALID_RECIPIENT = "Failed_InvalidRecipient"
    FAILED_RECIPIENT_RESERVED = "Failed_RecipientReserved"
    FAILED_BARRED_RECEIVER = "Failed_BarredReceiver"
    FAILED_DELETED = "Failed_Deleted"
    FAILED_EXPIRED = "Failed_Expired"
    FAILED_UNDELIVERED = "Failed_Undelivered"
    FAILED_RECIPIENT_NOT_IDENTIFIED = "Failed_RecipientNotIdentified"
    FAILED_REJECTED = "Failed_Rejected"
    DELIVERED = "Delivered"


type Result = EmailResult | SmsResult

_EMAIL_RANK = {result: rank for rank, result in enumerate(EmailResult)}
_SMS_RANK = {result: rank for rank, result in enumerate(SmsResult)}
_PENDING: frozenset[Result] = frozenset(
    (
        EmailResult.NEW,
        EmailResult.SENDING,
        EmailResult.SUCCEEDED,
        SmsResult.NEW,
        SmsResult.SENDING,
        SmsResult.ACCEPTED,
    )
)

_SUCCESSES: frozenset[Result] = frozenset(
    (EmailResult.SUCCEEDED, EmailResult.DELIVERED, SmsResult.ACCEPTED, SmsResult.DELIVERED)
)


type ResultCounts = Mapping[tuple[Channel, Result], int]


def is_success(result: Result) -> bool:
    """Whether a provider has taken it and nothing shows that it failed: so owners are billed and told."""
    return result in _SUCCESSES


def results_of(channel: Channel) -> type[EmailResult] | type[SmsResult]:
    """Return the results that notifications of a channel may have."""
    return EmailResult if channel is Channel.EMAIL else SmsResult


def rank(result: Result) -> int:
    """Return the precedence of a result within its channel; higher wins."""
    return _EMAIL_RANK[result] if isinstance(result, EmailResult) else _SMS_RANK[result]


@dataclass(frozen=True, slots=True)
class Outcome:
    """News about one notification: a result, when it was so, and the provider's reference if there is one."""

    result: Result
    at: datetime
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """One e-mail or SMS to one address, or the explicit failure to find one (`address` is then empty).

    `slot` is its number from 1 within its row, `recipient` the index of its recipient in the order.
    """

    slot: int
    recipient: int
    channel: Channel
    address: str
    result: Result
    at: datetime
    reference: str | None = None

    @property
    def is_pending(self) -> bool:
        """Whether a later result is still awaited."""
        return self.result in _PENDING

    @property
    def is_success(self) -> bool:
        """Whether its result is a success."""
        return is_success(self.result)

    @property
    def is_unsent(self) -> bool:
        """Whether no provider is known to have it."""
        return self.result in (EmailResult.NEW, SmsResult.NEW)

    def combined_with(self, outcome: Outcome) -> "Notification":
        """Return the notification with this news: the higher result wins, its earliest time stays."""
        mine, theirs = rank(self.result), rank(outcome.result)
        reference = _first_reference(self.reference, outcome.reference)
        if theirs > mine:
            return replace(self, result=outcome.result, at=outcome.at, reference=reference)
        if theirs == mine and outcome.at < self.at:
            return replace(self, at=outcome.at, reference=reference)
        return self if reference == self.reference else replace(self, reference=reference)


def _first_reference(one: str | None, other: str | None) -> str | None:
    # two different references mean a doubled send; either is right, but the choice must not depend on order
    known = [reference for reference in (one, other) if reference is not None]
    return min(known) if known else None


def result_counts(notifications: Iterable[Notification]) -> ResultCounts:
    """Count notifications by channel and result."""
    return Counter((n.channel, n.result) for n in notifications)
