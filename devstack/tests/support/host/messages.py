"""Messages as a receiver returns them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID


def message(body: bytes = b"body", **overrides: Any) -> Any:
    """A locked message with every property set, except what a dead-lettered one has."""
    enqueued_at = datetime(2026, 11, 20, 9, 30, 15, 120000, tzinfo=UTC)
    fields = {
        "body": body,
        "message_id": "order-7/advance/1",
        "correlation_id": "trace-1",
        "content_type": "application/json",
        "subject": "advance",
        "to": "somewhere",
        "reply_to": "elsewhere",
        "session_id": None,
        "reply_to_session_id": None,
        "partition_key": None,
        "application_properties": {"attempt": 1, "traceparent": "00-aa-bb-01"},
        "delivery_count": 0,
        "sequence_number": 42,
        "enqueued_at": enqueued_at,
        "expires_at": enqueued_at.replace(microsecond=0) + timedelta(days=14),
        "locked_until": datetime.now(UTC) + timedelta(seconds=60),
        "lock_token": UUID("0f8fad5b-d9cb-469f-a165-70867728950e"),
        "dead_letter_source": None,
    }
    return SimpleNamespace(**{**fields, **overrides})
