import pytest

from shared.domain.sending.allowance import Allowance

SIXTY = Allowance(60, 60.0)
NOW = 1_900_000_000.123


def taken(allowance: Allowance, seconds: float, *, wanted: int = 1, step: float = 0.01) -> int:
    """What somebody gets who asks all the time."""
    whole_at, total = 0.0, 0
    for tick in range(round(seconds / step)):
        now = NOW + tick * step
        if not allowance.wait(whole_at, now, wanted):
            whole_at = allowance.take(whole_at, now, wanted)
            total += wanted
    return total


def test_whole_allowance_may_be_taken_at_once():
    whole_at = 0.0
    for _ in range(60):
        assert SIXTY.wait(whole_at, NOW, 1) == 0
        whole_at = SIXTY.take(whole_at, NOW, 1)
    assert SIXTY.wait(whole_at, NOW, 1) == pytest.approx(1, abs=0.01)
    assert SIXTY.wait(0.0, NOW, 60) == 0


@pytest.mark.parametrize("wanted", [1, 7, 60])
def test_it_fills_evenly(wanted):
    assert 60 <= taken(SIXTY, 1.0, wanted=wanted) + wanted - 1 < 60 + wanted + 1
    assert abs(taken(SIXTY, 300.0, wanted=wanted) - 360) <= wanted


def test_more_than_the_whole_is_given_when_it_is_whole_and_then_paid_off():
    whole_at = SIXTY.take(0.0, NOW, 600)
    assert SIXTY.wait(whole_at, NOW, 1) == pytest.approx(541, abs=0.01)
    assert SIXTY.wait(SIXTY.take(0.0, NOW, 1), NOW, 600) == pytest.approx(1, abs=0.01)


def test_debt_is_paid_off_after_a_day():
    """Also one that a wrong clock has written."""
    for whole_at in (SIXTY.take(0.0, NOW, 10**9), NOW + 10**9):
        assert SIXTY.wait(whole_at, NOW, 1) <= 86_400 + 1
