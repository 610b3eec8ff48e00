"""What a process takes ahead of its calls: as many permits as it used of late, and never for long."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.sending.permit_stock import Stock, refilled
from shared.domain.sending.provider_limits import Ask, Cursor, Limit, Permit, ProviderState, take, take_ahead

NOW = datetime(2031, 5, 5, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMIT = Limit("Second", 1000, SECOND)
GRACE = LIMIT.grace
ONE, WAITED = Ask(1, waited=False), Ask(1, waited=True)


def filled(calls=5, **more):
    return Stock(calls, filled_at=NOW, start_before=NOW + GRACE, **more)


def test_an_empty_stock_permits_nothing():
    assert Stock().permit(ONE, NOW) is None


def test_a_stock_permits_calls_until_it_is_used_up():
    stock = filled(3)
    permit = stock.permit(Ask(2, waited=False), NOW)
    assert permit == Permit(2, NOW + GRACE)
    left = stock.without(permit)
    assert (left.calls, left.used) == (1, 2)
    assert left.permit(Ask(2, waited=False), NOW) is None
    assert left.permit(ONE, NOW) == Permit(1, NOW + GRACE)


@pytest.mark.parametrize(
    "now", [NOW - SECOND, NOW + GRACE, NOW + SECOND], ids=["set back", "over", "long over"]
)
def test_permits_in_stock_do_not_last(now):
    assert filled().permit(ONE, now) is None


def test_newcomers_do_not_overtake_those_who_wait():
    assert filled(only_waited=True).permit(ONE, NOW) is None
    assert filled(only_waited=True).permit(WAITED, NOW) is not None


@pytest.mark.parametrize(
    ("used", "since", "expected"),
    [
        (0, 1, 0),
        (40, 1, 40),
        (40, 0.5, 80),
        (40, 0.01, 80),
        (40, 1.6, 25),
        (40, 2, 0),
    ],
)
def test_the_stock_is_what_is_expected_to_be_used_while_permits_last(used, since, expected):
    old = Stock(used=used, filled_at=NOW - since * GRACE)
    _, stock = refilled(old, ProviderState(), [LIMIT], [Permit(3), Permit(4)], NOW)
    assert (stock.calls, stock.used, stock.is_short) == (expected, 7, False)
    assert (stock.filled_at, stock.start_before) == (NOW, NOW + GRACE)


def test_a_clock_that_was_set_back_fills_no_stock():
    _, stock = refilled(Stock(used=40, filled_at=NOW + SECOND), ProviderState(), [LIMIT], [Permit(1)], NOW)
    assert stock.calls == 0


def test_what_is_taken_ahead_is_gone_for_others():
    state, calls = take_ahead(ProviderState(), [LIMIT], 100, NOW)
    assert calls == 100
    _, permit = take(state, [LIMIT], Ask(LIMIT.burst, waited=True), NOW)
    assert permit.calls == LIMIT.burst - 100


@pytest.mark.parametrize("burst_used", [0, 100, 299, 300])
def test_half_of_the_turns_are_left_to_others(burst_used):
    state, _ = take(ProviderState(), [LIMIT], Ask(burst_used, waited=True), NOW)
    after, calls = take_ahead(state, [LIMIT], 10_000, NOW)
    assert calls == min((LIMIT.burst - burst_used) // 2, LIMIT.grace // LIMIT.interval)
    old = Stock(used=10_000, filled_at=NOW - GRACE)
    assert refilled(old, state, [LIMIT], [], NOW)[1].is_short
    assert (after == state) is (calls == 0)


@pytest.mark.parametrize("calls", [1, 100, 3000])
def test_nothing_is_taken_ahead_of_turns_that_are_seconds_apart(calls):
    hour = Limit("Hour", calls, timedelta(hours=1))
    ahead = hour.grace // hour.interval
    assert ahead < 5
    assert take_ahead(ProviderState(), [LIMIT, hour], 10_000, NOW)[1] == min(ahead, hour.burst // 2)


def test_nothing_is_taken_ahead_while_a_provider_fails():
    failing = ProviderState(failures=1, changed_at=NOW)
    assert take_ahead(failing, [LIMIT], 10, NOW) == (failing, 0)
    assert refilled(Stock(used=9, filled_at=NOW - GRACE), failing, [LIMIT], [], NOW) == (failing, Stock())


def test_without_limits_there_is_no_stock():
    assert refilled(Stock(), ProviderState(), [], [Permit(1)], NOW) == (ProviderState(), Stock())


def test_a_stock_is_short_when_somebody_was_put_off():
    assert refilled(Stock(), ProviderState(), [LIMIT], [Permit(1), Permit(0, again_at=NOW)], NOW)[1].is_short


def test_while_work_waits_the_stock_is_for_work_that_waited():
    waiting = ProviderState(cursors={"Second": Cursor(queue_end=NOW + SECOND)})
    assert refilled(Stock(), waiting, [LIMIT], [Permit(1)], NOW)[1].only_waited
    assert not refilled(Stock(), waiting, [LIMIT], [Permit(1)], NOW + SECOND)[1].only_waited
