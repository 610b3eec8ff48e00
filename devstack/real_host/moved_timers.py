"""Runs the timer functions of the real host when the local cloud's clock has been moved.

The real host's timers follow real time. While the clock is not moved that is the local cloud's time too, and
this process does nothing. Otherwise it has the host run each function at every occurrence by the moved
clock, by the rules of our own host: what a move has jumped over is made up for at once, and once. The host's
own runs go on beside these, so a function runs more often than its schedule says, never less.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from devstack.clock import ClockFile
from devstack.errors import ControlError
from devstack.host.bindings import TimerTrigger
from devstack.host.invocations import Invocations
from devstack.host.payloads import Failure, TriggerMetadata, TypedValue
from devstack.host.timer_trigger import Timer, run_timers

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5


class MovedClock:
    """The local cloud's time, and whether it is, or was until this moment, another than real time."""

    def __init__(self, clock: ClockFile) -> None:
        self._clock = clock
        self._offset = 0.0
        self.is_moved = False

    def now(self) -> datetime:
        """Return the local cloud's time; this is when `is_moved` is found out anew."""
        before, self._offset = self._offset, self._clock.offset()
        self.is_moved = before != 0.0 or self._offset != 0.0
        return datetime.fromtimestamp(time.time() + self._offset, UTC)


async def run_moved_timers(
    triggers: Iterable[TimerTrigger], clock: MovedClock, run: Callable[[str], None]
) -> None:
    """Call `run` with the name of every function that is due by the moved clock, until cancelled."""

    async def invoke(name: str, _: str, _payload: TypedValue, _metadata: TriggerMetadata) -> Failure | None:
        waits_for_host = clock.is_moved
        while waits_for_host:
            try:
                await asyncio.to_thread(run, name)
                waits_for_host = False
            except ControlError as error:  # a host that was killed is started again
                _log.warning("%s could not be run, trying again: %s", name, error)
                await asyncio.sleep(_RETRY_SECONDS)
        return None

    not_counted = Invocations(None, lambda: None)
    await run_timers([Timer(trigger, invoke, not_counted, clock.now) for trigger in triggers], clock.now)
