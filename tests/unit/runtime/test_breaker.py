import asyncio
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.runtime.breaker import Breaker, Breakers, CircuitOpenError
from shared.runtime.errors import PermanentError, ThrottledError, TransientError

LIMIT, OPEN_SECONDS = 3, 30.0


class BreakerMachine(RuleBasedStateMachine):
    """Calls that overlap and end in any order, against what a breaker promises."""

    def __init__(self):
        super().__init__()
        self.now = 1000.0
        self.breaker = Breaker(failures=LIMIT, open_seconds=OPEN_SECONDS, clock=lambda: self.now)
        self.failures_in_a_row = 0
        self.last_change = self.now
        self.admitted_at = []

    @property
    def tripped(self):
        return self.failures_in_a_row >= LIMIT

    @rule(seconds=st.floats(0, 2 * OPEN_SECONDS))
    def pass_time(self, seconds):
        self.now += seconds

    @rule()
    def ask(self):
        admitted = self.breaker.admits()
        if not self.tripped:
            assert admitted
            return
        assert admitted == (self.now >= self.last_change + OPEN_SECONDS)
        if admitted:  # the probe: nobody else for another period
            self.last_change = self.now
            self.admitted_at.append(self.now)

    @rule()
    def fail(self):
        self.breaker.failed()
        self.failures_in_a_row += 1
        if self.tripped:
            self.last_change = self.now

    @rule()
    def succeed(self):
        self.breaker.succeeded()
        self.failures_in_a_row = 0
        assert self.breaker.admits()

    @invariant()
    def at_most_one_probe_per_period(self):
        probes = self.admitted_at
        assert all(later - earlier >= OPEN_SECONDS for earlier, later in pairwise(probes))


TestBreakerMachine = BreakerMachine.TestCase


@given(st.lists(st.booleans(), max_size=40))
def test_it_opens_exactly_when_failures_in_a_row_reach_the_limit(outcomes):
    breaker = Breaker(failures=LIMIT, open_seconds=OPEN_SECONDS, clock=lambda: 0.0)
    row = 0
    for success in outcomes:
        row = 0 if success else row + 1
        breaker.succeeded() if success else breaker.failed()
        assert breaker.admits() is (row < LIMIT)


async def answer():
    return "yes"


def failing_with(error):
    async def fail():
        raise error

    return fail


async def test_a_call_passes_its_answer_on_and_transient_errors_open_the_breaker():
    now = 0.0
    breaker = Breaker(failures=2, open_seconds=5, clock=lambda: now)
    assert await breaker.call(answer) == "yes"
    for _ in range(2):
        with pytest.raises(TransientError, match="down"):
            await breaker.call(failing_with(TransientError("down")))
    with pytest.raises(CircuitOpenError):
        await breaker.call(answer)
    now = 5.0
    assert await breaker.call(answer) == "yes"
    assert await breaker.call(answer) == "yes"


@pytest.mark.parametrize("error", [PermanentError("no"), ThrottledError("slower", 1.0), KeyError("x")])
async def test_errors_that_show_the_dependency_is_there_close_the_breaker(error):
    breaker = Breaker(failures=2, open_seconds=5, clock=lambda: 0.0)
    breaker.failed()
    with pytest.raises(type(error)):
        await breaker.call(failing_with(error))
    breaker.failed()
    assert breaker.admits()


async def test_a_cancelled_probe_is_followed_by_another():
    now = 0.0
    breaker = Breaker(failures=1, open_seconds=5, clock=lambda: now)
    breaker.failed()
    now = 5.0
    probe = asyncio.create_task(breaker.call(asyncio.Event().wait))
    await asyncio.sleep(0)
    with pytest.raises(CircuitOpenError):
        await breaker.call(answer)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    now = 10.0
    assert await breaker.call(answer) == "yes"


@dataclass
class Stopwatch:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def breaker(time) -> Breaker:
    return Breaker(failures=3, probe_seconds=2.0, incident_seconds=0.5, clock=time)


def fail(breaker: Breaker, time: Stopwatch, times: int) -> list[bool]:
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


def test_breakers_of_different_names_are_different_and_only_the_latest_are_kept():
    breakers = Breakers(make=lambda: Breaker(failures=1), most=3)
    breakers.of("owner", "down").failed()
    assert not breakers.of("owner", "down").admits()
    assert breakers.of("another", "down").admits()
    for number in range(2):
        breakers.of("owner", f"host{number}")
        assert not breakers.of("owner", "down").admits(), "it is used, so it is kept"
    for number in range(3):
        breakers.of("owner", f"another{number}")
    assert breakers.of("owner", "down").admits(), "it was not used for long"
