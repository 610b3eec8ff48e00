"""Timers of the real host under a clock that a test moves; the host itself is only a list of runs."""

import asyncio

import pytest

from devstack.clock import ClockFile
from devstack.errors import ControlError
from devstack.host.bindings import TimerTrigger
from devstack.host.ncrontab import parse_ncrontab
from devstack.real_host.moved_timers import MovedClock, run_moved_timers
from tests.integration.host.conditions import until

WEEK = 7 * 86400.0


@pytest.fixture
def clock(tmp_path):
    return ClockFile(tmp_path / "clock")


@pytest.fixture
async def start(clock):
    runs, tasks = [], []

    def starter(expression, run=runs.append):
        trigger = TimerTrigger("tick", "timer", parse_ncrontab(expression), run_on_startup=False)
        tasks.append(asyncio.create_task(run_moved_timers([trigger], MovedClock(clock), run)))
        return runs

    yield starter
    for task in tasks:
        task.cancel()


async def polls():
    """Let the loop look at the clock a few times."""
    await asyncio.sleep(0.4)


async def test_what_a_move_has_jumped_over_runs_once(clock, start):
    runs = start("0 0 0 * * *")
    await polls()
    clock.set_offset(WEEK)
    await until(lambda: runs == ["tick"])
    await polls()
    assert runs == ["tick"]


async def test_moved_clock_that_goes_on_reaches_the_next_occurrence(clock, start):
    clock.set_offset(-WEEK)
    runs = start("* * * * * *")
    await until(lambda: len(runs) >= 2)


async def test_real_time_is_left_to_the_host(clock, start):
    runs = start("* * * * * *")
    await asyncio.sleep(1.2)
    assert runs == []


async def test_return_from_the_past_makes_up_for_what_was_due_meanwhile(clock, start):
    clock.set_offset(-WEEK)
    runs = start("0 0 0 * * *")
    await polls()
    clock.set_offset(0)
    await until(lambda: runs == ["tick"])


async def test_move_back_runs_nothing(clock, start):
    clock.set_offset(WEEK)
    runs = start("0 0 0 1 1 *")
    await polls()
    clock.set_offset(0)
    await polls()
    assert runs == []


async def test_host_that_does_not_answer_is_asked_again(clock, start, caplog):
    asked = []

    def run(name):
        asked.append(name)
        if len(asked) < 3:
            raise ControlError("the host is away")

    start("0 0 0 * * *", run)
    await polls()
    clock.set_offset(WEEK)
    await until(lambda: len(asked) == 3)
    await polls()
    assert len(asked) == 3
    assert "tick could not be run, trying again: the host is away" in caplog.text
