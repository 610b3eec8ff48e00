"""How the endpoint of the webhook behaves while orders are placed, five seconds at a time."""

import random
from collections.abc import Sequence
from enum import StrEnum

SECONDS = 5.0


class Mood(StrEnum):
    """One way to behave."""

    GOOD = "takes calls"
    DOWN = "answers 503"
    SLOW = "takes a second for each call"
    LATE = "takes a call and answers after the deadline"
    GARBAGE = "answers what is no HTTP"
    DROPS = "takes a call and drops the connection"
    LONG = "takes a call and answers a megabyte"


_SHARES = {
    Mood.GOOD: 6,
    Mood.DOWN: 2,
    Mood.SLOW: 2,
    Mood.LATE: 1,
    Mood.GARBAGE: 2,
    Mood.DROPS: 2,
    Mood.LONG: 1,
}


def plan_moods(chance: random.Random, seconds: float) -> tuple[Mood, ...]:
    """Return the moods of a run; each occurs at least once."""
    count = max(len(_SHARES), round(seconds / SECONDS))
    moods = [
        *_SHARES,
        *chance.choices(list(_SHARES), weights=list(_SHARES.values()), k=count - len(_SHARES)),
    ]
    chance.shuffle(moods)
    return tuple(moods)


def mood_at(moods: Sequence[Mood], seconds: float) -> Mood:
    """Return the mood at a time from the start; after the last one it is good."""
    place = int(seconds / SECONDS)
    return moods[place] if 0 <= place < len(moods) else Mood.GOOD
