"""Timers of the real host under a clock that a test moves; the host itself is a log and a list."""

import asyncio

import pytest

from devstack.clock import ClockFile
from devstack.errors import ControlError
from devstack.host.bindings import TimerTrigger
from devstack.host.triggers.ncrontab import parse_ncrontab
from devstack.real_host.moved_timers import MovedClock, run_moved_timers
from devstack.real_host.run_log import RunLog
from devstack.tests.support.conditions import until

WEEK = 7 * 86400.0
MIDNIGHT = "0 0 0 * * *"


class Host:
    """Logs runs as the real host does; `failures` is how often it refuses, `ends` whether runs end."""

    def __init__(self, log):
        self.log = log
        self.runs = []
        self.failures = 0
        self.ends = True
        log.touch()

    def run(self, name):
        if self.failures:
            self.failures -= 1
            raise ControlError("the host is away")
        self.runs.append(name)
        self.write(f"info: Function.{name}[1]")
        self.write(f"      Executing 'Functions.{name}' (Reason='This function was …', Id={self.id})")
        if self.ends:
            self.end(name)

    def end(self, name):
        self.write(f"info: Function.{name}[2]")
        self.write(f"      Executed 'Functions.{name}' (Succeeded, Id={self.id}, Duration=1ms)")

    @property
    def id(self):
        return f"{len(self.runs):08x}-0000-0000-0000-000000000000"

    def write(self, line):
        with self.log.open("a") as log:
            log.write(f"{line}\n")


@pytest.fixture
def clock(tmp_path):
    return ClockFile(tmp_path / "clock")


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path / "host.log")


@pytest.fixture
async def start(clock, host):
    tasks = []

    def starter(expression):
        trigger = TimerTrigger("tick", "timer", parse_ncrontab(expression), run_on_startup=False)
        timers = run_moved_timers([trigger], MovedClock(clock), host.run, RunLog(host.log))
        tasks.append(asyncio.create_task(timers))

    yield starter
    for task in tasks:
        task.cancel()


async def polls():
    """Let the loop look at the clock a few times."""
    await asyncio.sleep(0.4)


async def test_what_a_move_has_jumped_over_runs_once(clock, host, start):
    start(MIDNIGHT)
    await polls()
    clock.set_offset(WEEK)
    await until(lambda: host.runs == ["tick"])
    await polls()
    assert host.runs == ["tick"]


async def test_moved_clock_that_goes_on_reaches_the_next_occurrence(clock, host, start):
    clock.set_offset(0.8)  # far enough from the next run of the host's own
    start("* * * * * *")
    await until(lambda: len(host.runs) >= 2)


async def test_real_time_is_left_to_the_host(host, start):
    start("* * * * * *")
    await asyncio.sleep(1.2)
    assert host.runs == []


async def test_return_from_the_past_makes_up_for_what_was_due_meanwhile(clock, host, start):
    clock.set_offset(-WEEK)
    start(MIDNIGHT)
    await polls()
    clock.set_offset(0)
    await until(lambda: host.runs == ["tick"])


async def test_move_back_runs_nothing(clock, host, start):
    clock.set_offset(WEEK)
    start("0 0 0 1 1 *")
    await polls()
    clock.set_offset(0)
    await polls()
    assert host.runs == []


async def test_function_never_runs_twice_at_once(clock, host, start):
    host.ends = False
    host.run("tick")  # the host has run it by itself
    start(MIDNIGHT)
    await polls()
    clock.set_offset(WEEK)
    await polls()
    assert host.runs == ["tick"]
    host.end("tick")
    await until(lambda: len(host.runs) == 2)
    clock.set_offset(2 * WEEK)
    await polls()
    assert len(host.runs) == 2
    host.end("tick")
    await until(lambda: len(host.runs) == 3)


async def test_what_ran_on_a_host_that_was_killed_holds_up_nothing(clock, host, start):
    host.ends = False
    host.run("tick")
    host.write("Application started. Press Ctrl+C to shut down.")
    start(MIDNIGHT)
    await polls()
    clock.set_offset(WEEK)
    await until(lambda: len(host.runs) == 2)


async def test_host_that_does_not_answer_is_asked_again(clock, host, start, caplog):
    host.failures = 2
    start(MIDNIGHT)
    await polls()
    clock.set_offset(WEEK)
    await until(lambda: host.runs == ["tick"])
    await polls()
    assert host.runs == ["tick"]
    assert "tick could not be run, trying again: the host is away" in caplog.text


def test_line_that_is_not_complete_is_read_later(host):
    runs = RunLog(host.log)
    host.ends = False
    host.log.write_text("      Executing 'Functions.tick' (Reason='', Id=aa")
    assert not runs.is_running("tick")
    host.write("-bb)")
    assert runs.is_running("tick")
    assert runs.started("tick") == 1
    assert not runs.is_running("other")
