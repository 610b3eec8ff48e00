"""The pauses between the attempts of failed work: short at first, never longer than fifteen minutes."""

from datetime import timedelta
from itertools import pairwise

from shared.domain.sending.retry_schedule import retry_after_attempt


def test_pauses_grow_to_fifteen_minutes_and_stay_there():
    pauses = [retry_after_attempt(attempt) for attempt in range(1, 12)]
    assert [pause.total_seconds() for pause in pauses[:7]] == [10, 30, 60, 120, 300, 600, 900]
    assert set(pauses[6:]) == {timedelta(minutes=15)}
    assert all(shorter <= longer for shorter, longer in pairwise(pauses))


def test_work_of_two_days_is_never_out_of_pauses():
    assert retry_after_attempt(500) == timedelta(minutes=15)
