"""Delivery reports of e-mails, as Event Grid puts them on the queue.

Both schemas Event Grid can be told to use are read. Events of other kinds that reach the same queue are none
of our business and are left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.notification import EmailResult
from shared.errors import PermanentError

_DELIVERY_REPORT = "Microsoft.Communication.EmailDeliveryReportReceived"
_RESULTS = {
    "Delivered": EmailResult.DELIVERED,
    "Bounced": EmailResult.FAILED_BOUNCED,
    "Failed": EmailResult.FAILED,
    "Expanded": EmailResult.FAILED,  # a distribution list took it: nobody will say whether anyone got it
    "FilteredSpam": EmailResult.FAILED_FILTERED_SPAM,
    "Quarantined": EmailResult.FAILED_QUARANTINED,
    "Suppressed": EmailResult.FAILED_SUPPRESSED_RECIPIENT,
}


@dataclass(frozen=True, slots=True)
class EmailReport:
    """What became of one e-mail, by the id it was accepted under; `status` is Event Grid's own word."""

    operation_id: str
    result: EmailResult
    status: str


def parse_email_reports(body: bytes | str) -> list[EmailReport]:
    """Return the e-mail reports in a message: one event or an array of them, none for other events.

    PermanentError when it holds no events, or a report without message id or with an unknown status.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PermanentError("event is not JSON") from error
    events = document if isinstance(document, list) else [document]
    return [report for event in events if (report := _report(event)) is not None]


def _report(event: Any) -> EmailReport | None:
    if not isinstance(event, Mapping):
        raise PermanentError("event is not an object")
    kind = event.get("type" if "specversion" in event else "eventType")
    if not isinstance(kind, str):
        raise PermanentError("event has no type")
    if kind != _DELIVERY_REPORT:
        return None
    data = event.get("data")
    if not isinstance(data, Mapping):
        raise PermanentError("e-mail report without data")
    operation_id, status = data.get("messageId"), data.get("status")
    if not isinstance(operation_id, str) or not operation_id.strip():
        raise PermanentError("e-mail report without message id")
    if not isinstance(status, str) or status not in _RESULTS:
        raise PermanentError("e-mail report with unknown status")
    return EmailReport(operation_id.strip(), _RESULTS[status], status)
