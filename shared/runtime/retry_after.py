"""The Retry-After header, in either of its forms."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_SECONDS = 86_400.0
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")  # whole by the standard, but some services divide them


def retry_after_seconds(value: str | None) -> float | None:
    """Return the seconds to wait; None when the header is absent, unreadable or names a past instant.

    A longer wait than a day counts as a day: it is a mistake, and may be beyond what dates can hold.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), _LONGEST_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait = math.ceil((at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return min(float(wait), _LONGEST_SECONDS) if wait > 0 else None
