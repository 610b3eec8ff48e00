"""Runs the timer functions of the real host when the local cloud's clock has been moved.

The real host's timers follow real time. While the clock is not moved that is the local cloud's time too, and
this process does nothing. Otherwise it has the host run each function at every occurrence by the moved
clock, by the rules of our own host: all occurrences that a move skipped count as one, which runs at once
unless the function is running. The host's own runs go on as well, so a function runs more often than its
schedule says, never less often.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from devstack.clock import ClockFile
from devstack.errors import ControlError
from devstack.host.bindings import TimerTrigger
from devstack.host.invocations import Invocations
from devstack.host.payloads import TriggerMetadata, TypedValue
from devstack.host.triggers.timers import Timer, run_timers
from devstack.real_host.run_log import RunLog

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.05
_RETRY_SECONDS = 0.5
_BEGIN_SECONDS = 10.0  # a requested run that has not begun by then was lost with its host
_SOON = timedelta(seconds=0.5)


class MovedClock:
    """The local cloud's time, and whether it differs, or differed at the last reading, from real time."""

    def __init__(self, clock: ClockFile) -> None:
        self._clock = clock
        self._offset = 0.0
        self.is_moved = False

    def now(self) -> datetime:
        """Return the local cloud's time, and update `is_moved`."""
        before, self._offset = self._offset, self._clock.offset()
        self.is_moved = before != 0.0 or self._offset != 0.0
        return datetime.fromtimestamp(time.time() + self._offset, UTC)


async def run_moved_timers(
    triggers: Iterable[TimerTrigger], clock: MovedClock, run: Callable[[str], None], runs: RunLog
) -> None:
    """Call `run` with the name of every function that is due by the moved clock, until cancelled.

    `runs` shows the runs of the host.
    """

    def timer(trigger: TimerTrigger) -> Timer:
        async def invoke(name: str, _: str, _payload: TypedValue, _metadata: TriggerMetadata) -> None:
            if clock.is_moved and not _runs_soon(trigger):
                await _run(name, run, runs)

        return Timer(trigger, invoke, not_counted, clock.now)

    not_counted = Invocations(None, lambda: None)
    await run_timers([timer(trigger) for trigger in triggers], clock.now)


def _runs_soon(trigger: TimerTrigger) -> bool:
    """Whether the host is about to run the function by itself; two runs at once would do everything twice."""
    now = datetime.now(UTC)
    next_run = trigger.schedule.next_after(now)
    return next_run is not None and next_run - now < _SOON


async def _run(name: str, run: Callable[[str], None], runs: RunLog) -> None:
    """Have a function run as soon as it does not run, and return when that has ended."""
    await _until(lambda: not runs.is_running(name))
    started = runs.started(name)
    while True:
        try:
            await asyncio.to_thread(run, name)
            break
        except ControlError as error:  # a host that was killed is started again
            _log.warning("%s could not be run, trying again: %s", name, error)
            await asyncio.sleep(_RETRY_SECONDS)
    try:
        async with asyncio.timeout(_BEGIN_SECONDS):
            await _until(lambda: runs.started(name) > started)
    except TimeoutError:
        _log.warning("%s has not begun to run", name)
    await _until(lambda: not runs.is_running(name))


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 -- a log file sends no signal
        await asyncio.sleep(_LOOK_SECONDS)
