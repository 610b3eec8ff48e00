"""When the breaker lets callers through."""

from dataclasses import dataclass

import pytest

from shared.messaging.breaker import CircuitBreaker


@dataclass
class Stopwatch:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def breaker(time) -> CircuitBreaker:
    return CircuitBreaker(now=time)


def fail(breaker: CircuitBreaker, time: Stopwatch, times: int) -> list[bool]:
    opened = []
    for _ in range(times):
        opened.append(breaker.failed())
        time.now += 1
    return opened


def test_opens_with_the_third_failure_in_a_row(breaker, time):
    assert fail(breaker, time, 3) == [False, False, True]
    assert not breaker.admits()


def test_a_success_between_failures_keeps_it_closed(breaker, time):
    fail(breaker, time, 2)
    breaker.succeeded()
    fail(breaker, time, 2)
    assert breaker.admits()


def test_many_callers_failing_together_are_one_failure(breaker):
    for _ in range(100):
        breaker.failed()
    assert breaker.admits()


def test_after_thirty_seconds_one_probe_is_admitted_at_a_time(breaker, time):
    fail(breaker, time, 3)
    time.now += 30
    assert breaker.admits()
    assert not breaker.admits()
    time.now += 2
    assert breaker.admits(), "the first probe never reported back"


def test_a_failed_probe_keeps_it_open_for_another_thirty_seconds(breaker, time):
    fail(breaker, time, 3)
    time.now += 30
    assert breaker.admits()
    assert breaker.failed()
    time.now += 29
    assert not breaker.admits()
    time.now += 1
    assert breaker.admits()


def test_a_successful_probe_closes_it(breaker, time):
    fail(breaker, time, 3)
    time.now += 30
    assert breaker.admits()
    breaker.succeeded()
    assert breaker.admits()
    assert breaker.admits()
