"""How often the work of a message failed, and since when, as the message itself carries it.

One member of the body, whatever else the body holds: work of ours or an event of a provider. It is there from
the first scheduled copy on; the work of a message without it has not failed yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failures:
    """How often the work of a message failed, how often of that unexpectedly, and when it first did."""

    times: int = 0
    unexpected: int = 0
    since: datetime | None = None


def failures_in(value: Mapping[str, Any]) -> Failures:
    """Return the failures among the members of a body; a member of another form counts as none."""
    match value.get(FAILED):
        case {"times": int(times), "unexpected": int(unexpected), "since": str(text)} if times >= 0:
            since = _instant(text)
            return Failures() if since is None else Failures(times, unexpected, since)
        case {"times": int(times)} if times >= 0:
            return Failures(times)
        case _:
            return Failures()


def failures_of(body: bytes) -> Failures | None:
    """Return the failures in a body; None when it is no JSON object and has room for none."""
    value = members_of(body)
    return None if value is None else failures_in(value)


def with_failures(body: bytes, failures: Failures) -> bytes:
    """Return a JSON object with these failures; any other body stays as it is."""
    value = members_of(body)
    return body if value is None else orjson.dumps(value | {FAILED: failures_member(failures)})


def failures_member(failures: Failures) -> dict[str, Any]:
    """Return the value of the member."""
    if failures.since is None:
        return {"times": failures.times}
    since = failures.since.isoformat()
    return {"times": failures.times, "unexpected": failures.unexpected, "since": since}


def without_failures(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a body as those of a new message."""
    return {name: member for name, member in value.items() if name != FAILED}


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if at.tzinfo is None else at


def members_of(body: bytes) -> dict[str, Any] | None:
    """Return the members of a JSON object; None when the body is none."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
