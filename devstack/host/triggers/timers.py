"""Runs timer functions by the local cloud's clock, which may be moved while they wait."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from devstack.host.bindings import TimerTrigger
from devstack.host.invocations import Invocations
from devstack.host.payloads import Failure, TriggerMetadata, TypedValue

_log = logging.getLogger(__name__)
# The most by which a moved clock is noticed late.
_POLL_SECONDS = 0.1
# A run that starts later than this is past due; less comes from the poll.
_PUNCTUAL = timedelta(seconds=1)
_NEVER = "0001-01-01T00:00:00"

type Invoke = Callable[[str, str, TypedValue, TriggerMetadata], Awaitable[Failure | None]]
type Now = Callable[[], datetime]


class Timer:
    """One timer function: when it is due, and its last run. Never runs twice at the same time."""

    def __init__(self, trigger: TimerTrigger, invoke: Invoke, invocations: Invocations, now: Now) -> None:
        self._trigger = trigger
        self._invoke = invoke
        self._invocations = invocations
        self._now = now
        self._last: datetime | None = None
        self._running: asyncio.Task[None] | None = None
        self._due = now() if trigger.run_on_startup else trigger.schedule.next_after(now())

    def start_if_due(self, now: datetime) -> None:
        """Start the function when its time has come; several missed occurrences count as one."""
        if self._running is not None or self._due is None or now < self._due:
            return
        due, self._due = self._due, self._trigger.schedule.next_after(now)
        self._running = asyncio.create_task(self._run(due, now))
        self._running.add_done_callback(self._finished)

    def reschedule(self, now: datetime) -> None:
        """Take the next occurrence after `now`, because the clock was moved back."""
        self._due = self._trigger.schedule.next_after(now)

    def seconds_until_due(self, now: datetime) -> float:
        """Return how long nothing needs to be done, in seconds; endless while the function runs."""
        if self._running is not None or self._due is None:
            return float("inf")
        return (self._due - now).total_seconds()

    async def _run(self, due: datetime, now: datetime) -> None:
        name = self._trigger.function
        payload = _timer_payload(last=self._last, next_due=self._due, past_due=now - due > _PUNCTUAL)
        self._last = now
        with self._invocations.running(name):
            failure = await self._invoke(name, self._trigger.parameter, payload, {})
        if failure is not None:
            _log.error("%s failed: %s\n%s", name, failure.error, failure.traceback)

    def _finished(self, _task: asyncio.Task[None]) -> None:
        self._running = None


async def run_timers(timers: Iterable[Timer], now: Now) -> None:
    """Start every timer when it is due, until cancelled; runs already begun go on."""
    timers = tuple(timers)
    last_seen = now()
    while True:
        instant = now()
        if instant < last_seen:
            for timer in timers:
                timer.reschedule(instant)
        last_seen = instant
        for timer in timers:
            timer.start_if_due(instant)
        pause = min((timer.seconds_until_due(instant) for timer in timers), default=_POLL_SECONDS)
        await asyncio.sleep(min(_POLL_SECONDS, max(pause, 0.0)))


def _timer_payload(*, last: datetime | None, next_due: datetime | None, past_due: bool) -> TypedValue:
    status = {
        "Last": last.isoformat() if last else _NEVER,
        "Next": next_due.isoformat() if next_due else _NEVER,
        "LastUpdated": last.isoformat() if last else _NEVER,
    }
    document = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": past_due}
    return TypedValue("json", json.dumps(document))
