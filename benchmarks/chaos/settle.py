"""Lets the local cloud finish: moves its clock while nothing is under way, until all shipments are closed."""

import time
from collections.abc import Collection
from datetime import datetime, timedelta

from benchmarks.chaos.callers import Api
from devstack.cloud.local_cloud import LocalCloud
from devstack.json_client import JsonClient
from devstack.progress import Progress

_STEP_SECONDS = 900.0  # of business time: work that waits has often come back within it
_LONG_STEP_SECONDS = 3600.0  # once nothing has happened for a while
_LONG_AFTER_SECONDS = 6.0
_SHORT_STEP_SECONDS = 60.0
_SOON_SECONDS = 20.0  # a message scheduled within it is waited for
_SEND_QUEUES = ("email-send", "email-send-bulk", "sms-send", "sms-send-bulk")
_PAUSE_SECONDS = 1.0
_QUIET_SECONDS = 50.0  # longer than the gateway repeats a report, and than a claim outlives its worker
_STUCK_SECONDS = 120.0  # longer than the lock of a message whose receiver has died
_EXPIRY = timedelta(hours=50)
_LONGEST_SECONDS = 900.0
_SECONDS_PER_SHIPMENT = 0.1


class Settle:
    """Waits for the feed to know of every shipment; what it has read of it is kept."""

    def __init__(self, cloud: LocalCloud, api: Api, say: Progress) -> None:
        self._cloud = cloud
        self._api = api
        self._say = say
        self._closed: set[str] = set()
        self._last = 0
        self._calls: dict[str, int] = {}

    def until_closed(self, shipments: Collection[str], *, due_by: datetime) -> None:
        """Wait until these are closed; `due_by` is when nothing but lost reports can keep one open."""
        deadline = time.monotonic() + _LONGEST_SECONDS + _SECONDS_PER_SHIPMENT * len(shipments)
        wanted = set(shipments)
        if not self._move_on(wanted, due_by, deadline):
            left = len(wanted - self._closed)
            self._say(f"{left} shipments open; moving on to the end of what waits for a report")
            self._cloud.advance_clock(_EXPIRY.total_seconds())
            self._move_on(wanted, self._cloud.now(), deadline)

    def _move_on(self, wanted: set[str], due_by: datetime, deadline: float) -> bool:
        """Move the clock to `due_by` and wait until nothing closes any more; whether all is closed."""
        progress_at = time.monotonic()
        while (now := time.monotonic()) < deadline:
            if self._is_anything_new():
                progress_at = now
            self._say.bar(len(wanted & self._closed), len(wanted))
            if wanted <= self._closed:
                return True
            is_due = self._cloud.now() >= due_by
            is_idle = progress_at != now and self._is_quiet()
            if is_due and is_idle and now - progress_at > _QUIET_SECONDS:
                return False
            if is_idle or now - progress_at > _STUCK_SECONDS:
                step = _LONG_STEP_SECONDS if now - progress_at > _LONG_AFTER_SECONDS else _STEP_SECONDS
                self._step(_SHORT_STEP_SECONDS if is_due else step)
            time.sleep(_PAUSE_SECONDS)
        return False

    def _step(self, seconds: float) -> None:
        """Move the clock, but not past the next message that a limit or a pause has put off.

        Otherwise an order that needs many turns would have one of them for each step.
        """
        if (scheduled_at := self._next_scheduled()) is not None:
            left = (scheduled_at - self._cloud.now()).total_seconds()
            if left <= _SOON_SECONDS:
                return
            seconds = min(seconds, max(left, _SHORT_STEP_SECONDS))
        self._cloud.advance_clock(seconds)

    def _next_scheduled(self) -> datetime | None:
        queues = JsonClient(self._cloud.addresses["queue-info"])
        times = [
            datetime.fromisoformat(message["scheduledFor"])
            for queue in _SEND_QUEUES
            for message in queues.ask("GET", f"/queues/{queue}/peek?state=scheduled")
        ]
        return min(times, default=None)

    def _is_anything_new(self) -> bool:
        """Whether the feed has grown, or a provider was called, since the last look.

        While messages go out the clock is left alone: limits would otherwise cost hours instead of seconds.
        """
        calls = dict(self._cloud.stats()["requests"])
        called, self._calls = calls != self._calls, calls
        return self._read_feed() or called

    def _read_feed(self) -> bool:
        entries = self._api.feed(self._last)
        if entries:
            self._last = entries[-1]["sequenceNumber"]
            self._closed.update(entry["shipmentId"] for entry in entries)
        return bool(entries)

    def _is_quiet(self) -> bool:
        return all(queue["active"] == queue["locked"] == 0 for queue in self._cloud.queues().values())
