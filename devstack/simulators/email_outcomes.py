"""Which fate an e-mail address has in the local cloud: the beginning of its local part decides.

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
"""

from dataclasses import dataclass
from typing import Literal

type OperationStatus = Literal["Running", "Succeeded", "Failed"]

SUPPRESSED_CODE = "EmailDroppedAllRecipientsSuppressed"
SUPPRESSED_MESSAGE = "Message dropped because all recipients were suppressed"


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


def outcome_for(address: str) -> EmailOutcome:
    """Return the fate of a message to this address."""
    local_part = address.casefold()
    for prefix, outcome in _BY_PREFIX.items():
        if local_part.startswith(prefix):
            return outcome
    return _DELIVERED
