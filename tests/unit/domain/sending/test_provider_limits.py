"""Which instants in the state of a provider are believed. The limits have property tests."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.sending.provider_limits import (
    LONGEST_PAUSE_SECONDS,
    Ask,
    Cursor,
    Limit,
    ProviderState,
    take,
)

NOW = datetime(2031, 5, 5, 10, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
LONGEST = timedelta(seconds=LONGEST_PAUSE_SECONDS)
LIMITS = [Limit("Second", 20, SECOND), Limit("Minute", 100, 60 * SECOND), Limit("Hour", 1, HOUR)]


@pytest.mark.parametrize("limit", LIMITS)
def test_every_turn_that_is_given_is_believed_at_once(limit):
    state = ProviderState()
    for _ in range(3):
        state, _ = take(state, [limit], Ask(1000, waited=False), NOW)
    assert state.without_impossible([limit], NOW) == state


@pytest.mark.parametrize("limit", LIMITS)
def test_a_turn_beyond_all_that_are_given_is_forgotten_with_its_queue(limit):
    far = NOW + 2 * HOUR + limit.burst * limit.interval
    state = ProviderState(cursors={limit.name: Cursor(far, far + HOUR)})
    assert state.without_impossible([limit], NOW) == ProviderState()


def test_a_queue_may_be_as_long_as_it_likes():
    limit = LIMITS[0]
    state = ProviderState(cursors={limit.name: Cursor(NOW, NOW + 100 * HOUR)})
    assert state.without_impossible([limit], NOW) == state


@pytest.mark.parametrize(
    ("ahead", "is_believed"), [(-HOUR, True), (SECOND, True), (2 * SECOND, False), (8 * HOUR, False)]
)
def test_failures_that_a_later_clock_has_written_mean_nothing(ahead, is_believed):
    state = ProviderState(NOW + LONGEST, 7, {"Second": Cursor(NOW, NOW)}, changed_at=NOW + ahead)
    kept = state.without_impossible(LIMITS, NOW)
    assert kept == (state if is_believed else ProviderState(cursors=state.cursors))
