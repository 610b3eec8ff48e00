"""Delivery reports of e-mails, as Event Grid puts them on the queue.

Both schemas that Event Grid offers are read. Events of other kinds on the same queue are left out. An event
that cannot be read does not affect the others of its message.
"""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.orders.notification import EmailResult
from shared.ports.email import EmailReport

_DELIVERY_REPORT = "Microsoft.Communication.EmailDeliveryReportReceived"
_RESULTS = {
    "Delivered": EmailResult.DELIVERED,
    "Bounced": EmailResult.FAILED_BOUNCED,
    "Failed": EmailResult.FAILED,
    "Expanded": EmailResult.FAILED,  # a distribution list took it: whether anyone got it stays unknown
    "FilteredSpam": EmailResult.FAILED_FILTERED_SPAM,
    "Quarantined": EmailResult.FAILED_QUARANTINED,
    "Suppressed": EmailResult.FAILED_SUPPRESSED_RECIPIENT,
}


class _UnreadableEventError(Exception):
    """Not an event, or a report without message id or with an unknown status."""


def parse_email_reports(body: bytes | str) -> tuple[list[EmailReport], str | None]:
    """Return the e-mail reports in a message, and what is wrong with the first event that cannot be read.

    A message holds one event or an array of them; of other events there are no reports.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return [], "event is not JSON"
    reports: list[EmailReport] = []
    problem: str | None = None
    for event in document if isinstance(document, list) else [document]:
        try:
            report = _report(event)
        except _UnreadableEventError as error:
            problem = problem or str(error)
        else:
            reports += [] if report is None else [report]
    return reports, problem


def _report(event: Any) -> EmailReport | None:
    if not isinstance(event, Mapping):
        raise _UnreadableEventError("event is not an object")
    kind = event.get("type" if "specversion" in event else "eventType")
    if not isinstance(kind, str):
        raise _UnreadableEventError("event has no type")
    if kind != _DELIVERY_REPORT:
        return None
    data = event.get("data")
    if not isinstance(data, Mapping):
        raise _UnreadableEventError("e-mail report without data")
    operation_id, status = data.get("messageId"), data.get("status")
    if not isinstance(operation_id, str) or not operation_id.strip():
        raise _UnreadableEventError("e-mail report without message id")
    if not isinstance(status, str) or status not in _RESULTS:
        raise _UnreadableEventError("e-mail report with unknown status")
    return EmailReport(operation_id.strip(), _RESULTS[status])
