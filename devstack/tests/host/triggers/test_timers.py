"""Timers under a clock that a test moves."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devstack.host.bindings import TimerTrigger
from devstack.host.invocations import Invocations
from devstack.host.payloads import Failure
from devstack.host.triggers.ncrontab import parse_ncrontab
from devstack.host.triggers.timers import Timer, run_timers
from devstack.tests.support.conditions import until

EVENTS = Path(__file__).parents[1] / "events"
NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


class MovableClock:
    def __init__(self):
        self.instant = NOON

    def now(self):
        return self.instant

    def advance(self, **span):
        self.instant += timedelta(**span)


class TimerFunction:
    """Keeps what each run was given; runs until `gate` lets it."""

    def __init__(self):
        self.runs = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.running = 0
        self.result = None

    async def invoke(self, function, parameter, payload, metadata):
        assert (function, parameter, payload.kind, metadata) == ("tick", "timer", "json", {})
        assert not self.running, "a timer ran concurrently with itself"
        self.running += 1
        self.runs.append(json.loads(payload.value))
        await self.gate.wait()
        self.running -= 1
        return self.result


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
def function():
    return TimerFunction()


@pytest.fixture
async def start(clock, function):
    tasks = []

    def starter(expression="0 0 * * * *", *, run_on_startup=False):
        trigger = TimerTrigger("tick", "timer", parse_ncrontab(expression), run_on_startup)
        timer = Timer(trigger, function.invoke, Invocations(None, lambda: None), clock.now)
        tasks.append(asyncio.create_task(run_timers([timer], clock.now)))

    yield starter
    for task in tasks:
        task.cancel()


async def polls(count=3):
    """Let the timer loop look at the clock a few times."""
    await asyncio.sleep(count * 0.1)


async def test_nothing_runs_before_it_is_due(start, clock, function):
    start()
    await polls()
    clock.advance(minutes=59, seconds=59)
    await polls()

    assert function.runs == []


async def test_many_missed_occurrences_are_one_prompt_late_run(start, clock, function):
    start()
    await polls(1)
    clock.advance(hours=8, minutes=5)
    await until(lambda: function.runs)
    await polls()

    assert [run["IsPastDue"] for run in function.runs] == [True]
    assert function.runs[0]["ScheduleStatus"]["Next"] == "2026-11-20T21:00:00+00:00"


async def test_the_payload_is_the_captured_one(start, clock, function):
    start()
    await polls(1)
    clock.advance(hours=1)
    await until(lambda: function.runs)
    clock.advance(hours=1)
    await until(lambda: len(function.runs) == 2)

    captured = json.loads((EVENTS / "timer.json").read_text(encoding="utf-8"))
    assert function.runs[1] == captured


async def test_a_run_that_outlasts_its_interval_is_followed_by_one_late_run(start, clock, function):
    start()
    function.gate.clear()
    await polls(1)
    clock.advance(hours=1)
    await until(lambda: function.running)
    clock.advance(hours=3)
    await polls()
    assert len(function.runs) == 1
    function.gate.set()
    await until(lambda: len(function.runs) == 2)
    await polls()

    assert [run["IsPastDue"] for run in function.runs] == [False, True]


async def test_moving_the_clock_back_does_not_silence_the_timer(start, clock, function):
    start()
    clock.advance(hours=8)
    await until(lambda: function.runs)
    await polls(1)
    clock.advance(hours=-8)
    await polls(2)
    clock.advance(hours=1)
    await until(lambda: len(function.runs) == 2)

    assert function.runs[1]["IsPastDue"] is False


async def test_run_on_startup(start, function):
    start(run_on_startup=True)
    await until(lambda: function.runs)
    await polls()

    assert [run["IsPastDue"] for run in function.runs] == [False]


async def test_a_failing_run_does_not_end_the_timer(start, clock, function):
    function.result = Failure("RuntimeError('no')", "")
    start()
    for count in (1, 2):
        await polls(1)
        clock.advance(hours=1)
        await until(lambda count=count: len(function.runs) == count)


async def test_a_schedule_that_never_comes_stays_quiet(start, clock, function):
    start("0 0 0 30 2 *")
    clock.advance(days=400)
    await polls()

    assert function.runs == []
