"""Outcomes of handing messages to a provider, whichever it is."""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.orders.notification import Result


class SendStatus(StrEnum):
    """What one call to a provider came to for one message."""

    ACCEPTED = "accepted"  # the provider has it
    REFUSED = "refused"  # the provider will never take it
    NOT_SENT = "not-sent"  # the provider does not have it: try again freely
    IN_DOUBT = "in-doubt"  # the answer was lost or unreadable: the provider may or may not have it


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """The fate of one message after one call.

    `reference` is what reports call an accepted message. `result` says why one was refused, or how far an
    accepted one is known to have got. `retry_after` are the seconds of the pause that a provider asks for.
    `wrong_settings` names settings of ours that the provider does not accept, in words for an operator.
    `http_status` is what it answered, if it did; it is only counted, the rest says what it means.
    """

    status: SendStatus
    reference: str | None = None
    result: Result | None = None
    retry_after: float | None = None
    wrong_settings: str | None = None
    http_status: int | None = field(default=None, compare=False)

    @property
    def is_answer(self) -> bool:
        """Whether the provider did its work: it took the message, or refused it for what it is."""
        return self.status in (SendStatus.ACCEPTED, SendStatus.REFUSED)
