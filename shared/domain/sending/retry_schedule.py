"""When failed work is tried again."""

from datetime import timedelta

MAX_ATTEMPTS = 6  # of work that fails unexpectedly; work whose failure may pass is never ended by count
_STEPS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 120, 300, 600, 900))
LONGEST_PAUSE = _STEPS[-1]


def retry_after_attempt(attempt: int) -> timedelta:
    """Return the pause after the attempt of this number, from 1; at most fifteen minutes."""
    return _STEPS[min(attempt, len(_STEPS)) - 1]
