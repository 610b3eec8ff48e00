"""When a webhook is called again whose endpoint did not take an entry, and when it is given up."""

from datetime import timedelta

GIVE_UP_AFTER = timedelta(days=3)  # of failures without a success; then the webhook is paused
LONGEST_ASKED = timedelta(days=1)  # that an endpoint may ask for with Retry-After
_STEPS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800))


def pause_after(failures: int, asked_seconds: float | None = None) -> timedelta:
    """Return the pause after this many failures in a row, from 1; longer if the endpoint asks for that."""
    pause = _STEPS[min(failures, len(_STEPS)) - 1]
    if asked_seconds is None:
        return pause
    return max(pause, min(timedelta(seconds=asked_seconds), LONGEST_ASKED))
