"""What becomes of an e-mail: the beginning of the address decides.

| Address begins with | Operation                                  | Delivery report |
|---------------------|--------------------------------------------|-----------------|
| `bounce`            | Succeeded                                  | Bounced         |
| `suppressed`        | Failed, EmailDroppedAllRecipientsSuppressed| Suppressed      |
| `quarantined`       | Succeeded                                  | Quarantined     |
| `spam`              | Succeeded                                  | FilteredSpam    |
| `failed`            | Succeeded                                  | Failed          |
| `expanded`          | Succeeded                                  | Expanded        |
| `noreport`          | Succeeded                                  | none            |
| `running`           | Running for ever                           | none            |
| `invalidformat`     | refused: 400 Invalid format                | none            |
| anything else       | Succeeded                                  | Delivered       |

The sender is refused when its local part begins with `unknown` (InvalidSenderUserName) or its domain with
`notlinked` (DomainNotLinked).
"""

from dataclasses import dataclass
from typing import Literal

type OperationStatus = Literal["Running", "Succeeded", "Failed"]

SUPPRESSED_CODE = "EmailDroppedAllRecipientsSuppressed"
_UNKNOWN_SENDER = "InvalidSenderUserName"
_NOT_LINKED = "DomainNotLinked"
# HTTP status and message of the service's refusals by code
REFUSALS = {
    SUPPRESSED_CODE: (400, "Message dropped because all recipients were suppressed"),
    _UNKNOWN_SENDER: (
        400,
        "Invalid email sender username. Use one from the list that your admin configured.",
    ),
    _NOT_LINKED: (404, "The specified sender domain has not been linked."),
    "Denied": (401, "Denied by the resource provider."),
    "Forbidden": (403, "The subscription is suspended."),
    "TooManyRequests": (429, "The request rate is over the limit."),
}


@dataclass(frozen=True, slots=True)
class EmailOutcome:
    """What becomes of a message to one address; no report when `report` is None."""

    report: str | None = "Delivered"
    operation: OperationStatus = "Succeeded"
    refused: bool = False


_DELIVERED = EmailOutcome()
_BY_PREFIX = {
    "bounce": EmailOutcome("Bounced"),
    "suppressed": EmailOutcome("Suppressed", "Failed"),
    "quarantined": EmailOutcome("Quarantined"),
    "spam": EmailOutcome("FilteredSpam"),
    "failed": EmailOutcome("Failed"),
    "expanded": EmailOutcome("Expanded"),
    "noreport": EmailOutcome(None),
    "running": EmailOutcome(None, "Running"),
    "invalidformat": EmailOutcome(None, "Failed", refused=True),
}


def refusal_of(sender: str) -> str | None:
    """Return the code with which mail from this sender is refused; None when it is taken."""
    local_part, _, domain = sender.casefold().rpartition("@")
    if domain.startswith("notlinked"):
        return _NOT_LINKED
    return _UNKNOWN_SENDER if local_part.startswith("unknown") else None


def outcome_for(address: str) -> EmailOutcome:
    """Return the outcome of a message to this address."""
    local_part = address.casefold()
    for prefix, outcome in _BY_PREFIX.items():
        if local_part.startswith(prefix):
            return outcome
    return _DELIVERED
