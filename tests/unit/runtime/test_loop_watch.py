"""The event loop is watched in production by LoopWatch, and in every test by the watchdog."""

import asyncio
import logging
import time

import pytest

from shared.runtime.beside_loop import SideThread
from shared.runtime.loop_watch import LoopWatch
from tests.support.loop_watchdog import loop_watched


def compute(seconds: float) -> None:
    ends = time.thread_time() + seconds
    while time.thread_time() < ends:
        pass


async def watched(work, **options) -> LoopWatch:
    watch = LoopWatch(step=0.005, **options)
    task = asyncio.create_task(watch.run())
    await asyncio.sleep(0.01)
    await work()
    await asyncio.sleep(0.01)
    task.cancel()
    return watch


async def test_watch_sees_what_holds_up_the_loop(caplog):
    async def holds_up():
        compute(0.6)

    watch = await watched(holds_up)
    assert watch.worst > 0.5
    with caplog.at_level(logging.WARNING):
        watch.tell(0)
        watch.tell(0)
    assert [record.loop_lag > 0.5 for record in caplog.records] == [True], "told once"
    assert "the event loop stood still for" in caplog.text


async def test_work_beside_the_loop_does_not_hold_it_up():
    watch = await watched(lambda: SideThread("t").run(lambda: compute(0.6)), clock=time.process_time)
    assert watch.worst < 0.2


def test_watch_tells_once_a_minute(caplog):
    now = [0.0]
    watch = LoopWatch(clock=lambda: now[0])
    with caplog.at_level(logging.WARNING):
        for second in range(150):
            now[0], watch.worst = float(second), 0.6
            watch.tell()
    assert len(caplog.records) == 2


async def test_work_that_nobody_waits_for_any_more_is_not_begun():
    thread, begun = SideThread("t"), []
    first = asyncio.create_task(thread.run(lambda: time.sleep(0.05)))
    second = asyncio.create_task(thread.run(lambda: begun.append(1)))
    await asyncio.sleep(0)
    second.cancel()
    await first
    await thread.run(lambda: None)
    assert begun == []


def test_watchdog_fails_a_test_that_held_up_its_loop():
    async def holds_up():
        await asyncio.sleep(0)
        compute(0.2)

    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(AssertionError, match="stood still"),
        loop_watched(patch, longest=0.1),
    ):
        asyncio.run(holds_up())
