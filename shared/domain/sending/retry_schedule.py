"""When failed work is tried again, and a provider whose calls fail."""

from datetime import timedelta

MAX_ATTEMPTS = 6  # of work that fails unexpectedly; work whose failure may pass is never ended by count
_STEPS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 120, 300, 600, 900))
LONGEST_PAUSE = _STEPS[-1]
_FIRST_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0, 0, 1, 2, 5))


def retry_after_attempt(attempt: int) -> timedelta:
    """Return the pause after the attempt of this number, from 1; at most fifteen minutes."""
    return _STEPS[min(attempt, len(_STEPS)) - 1]


def left_alone_after(failures: int) -> timedelta:
    """Return how long a provider is left alone after another failure when `failures` in a row came before.

    The first pauses are short: a few messages in a row that fail by themselves must not hold up all others.
    """
    if failures < len(_FIRST_PAUSES):
        return _FIRST_PAUSES[failures]
    return retry_after_attempt(failures - len(_FIRST_PAUSES) + 1)
