"""The pauses between calls of an endpoint that takes nothing."""

from datetime import timedelta

import pytest

from shared.domain.webhooks.ladder import GIVE_UP_AFTER, LONGEST_ASKED, pause_after


def test_pauses_grow_from_seconds_to_hours():
    pauses = [pause_after(failures) for failures in range(1, 30)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=5)
    assert pauses[-1] == timedelta(hours=8)


def test_a_few_dozen_calls_fill_the_days_until_it_is_given_up():
    passed, failures = timedelta(0), 0
    while passed < GIVE_UP_AFTER:
        failures += 1
        passed += pause_after(failures)
    assert 12 <= failures <= 24


@pytest.mark.parametrize(
    ("failures", "asked", "pause"),
    [
        (1, 60.0, timedelta(seconds=60)),
        (1, 1.0, timedelta(seconds=5)),
        (20, 60.0, timedelta(hours=8)),
        (1, 1e9, LONGEST_ASKED),
    ],
)
def test_an_endpoint_may_ask_for_a_longer_pause_within_bounds(failures, asked, pause):
    assert pause_after(failures, asked) == pause
