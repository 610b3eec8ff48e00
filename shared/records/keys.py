"""Instants as text, in keys of rows and in ids of messages."""

from datetime import UTC, datetime


def instant_key(at: datetime) -> str:
    """Return an instant so that text order is time order."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def instant_of(text: str) -> datetime:
    """Read what `instant_key` wrote."""
    return datetime.fromisoformat(text)  # a tenth of what strptime takes
