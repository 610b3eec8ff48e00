"""The local cloud on the test stand, and the counters that are read before and after every phase."""

import contextlib
import secrets
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Load, LoadPlan
from benchmarks.processes import cpu_seconds, peak_memory
from benchmarks.table_log import LoggedTables
from devstack.cloud.host_choice import HostKind
from devstack.cloud.local_cloud import LocalCloud
from shared.records.queues import PULSE, QUEUES, STATUS_FEED

FEED = STATUS_FEED
AS_DEPLOYED = {  # a local cloud tells all: every order and, on the real host, every run of a function
    "METRICS_INTERVAL_SECONDS": "30",
    "TRACED_ORDERS_PER_MILLE": "10",
    "AzureFunctionsJobHost__logging__logLevel__Function": "Warning",
}
_POLL_SECONDS = 0.02
_STILL_SECONDS, _STILL_AT_MOST, _STILL_POLL = 3.0, 30.0, 0.25
_SETTLED_SECONDS = 90.0
_LOG_LAG_SECONDS = 0.1  # until what the table emulator has answered is in its log


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counters at one moment: CPU seconds by process, messages and the items in them by queue, table calls.

    Table calls are counted by kind. Several items may share a message.
    """

    cpu: dict[str, float]
    messages: Counter[str]
    items: Counter[str]
    calls: Counter[str]

    def since(self, before: "Snapshot") -> "Snapshot":
        """Return what was spent between the two."""
        return Snapshot(
            {name: seconds - before.cpu.get(name, 0.0) for name, seconds in self.cpu.items()},
            self.messages - before.messages,
            self.items - before.items,
            self.calls - before.calls,
        )


class Stand:
    """A local cloud that only this benchmark uses."""

    def __init__(self, cloud: LocalCloud, tables: LoggedTables) -> None:
        self.cloud = cloud
        self.tables = tables
        self.token = cloud.token()
        self._run = secrets.token_hex(4)
        self._numbers = {"email": 0, "sms": 0}

    def plan(self, channel: str, count: int, clients: int) -> LoadPlan:
        """Return a plan for orders that were never placed before."""
        first = self._numbers[channel]
        self._numbers[channel] += count
        return LoadPlan(self.cloud.api, self.token, channel, first, count, clients, self._run)

    def place(self, channel: str, count: int, clients: int) -> Load:
        """Start placing new orders."""
        return Load(self.plan(channel, count, clients))

    def snapshot(self) -> Snapshot:
        """Read every counter; call it while nothing is going on."""
        time.sleep(_LOG_LAG_SECONDS)
        return Snapshot(
            cpu={name: cpu_seconds(pid) for name, pid in self._processes().items()},
            messages=self._counted("sent"),
            items=self._counted("items"),
            calls=self.tables.calls(),
        )

    def memory(self) -> dict[str, float]:
        """Return the peak memory of every process in MB."""
        return {name: peak_memory(pid) for name, pid in self._processes().items()}

    def _processes(self) -> dict[str, int]:
        return self.cloud.processes | {"azurite": self.tables.pid}

    def closed(self) -> int:
        """Return how many orders have been told to the feed so far."""
        return int(self.cloud.queues()[FEED]["items"])

    def _counted(self, what: str) -> Counter[str]:
        queues = self.cloud.queues()
        return Counter({name: int(queues[name][what]) for name in QUEUES})

    def wait_closed(self, count: int) -> float:
        """Wait until `count` orders in all have their last result; return when, as monotonic seconds.

        The news for the feed goes out once the result is stored: its counter tells from outside.
        """
        return self.cloud.queue_info.wait_items(FEED, count, _SETTLED_SECONDS)

    def wait_quiet(self) -> None:
        """Wait until no queue holds anything but the pulse, which waits for a timer's turn."""
        deadline = time.monotonic() + _SETTLED_SECONDS
        while time.monotonic() < deadline:
            held = (queue for name, queue in self.cloud.queues().items() if name != PULSE)
            if all(queue["active"] == queue["locked"] == 0 for queue in held):
                return
            time.sleep(_POLL_SECONDS)
        raise TimeoutError(f"the queues did not run empty: {self.cloud.queues()}")

    def wait_still(self) -> None:
        """Wait until no table call comes for some seconds, so that writes which nobody waits for are counted.

        After half a minute it goes on all the same: timers write, too.
        """
        self.wait_quiet()
        deadline = time.monotonic() + _STILL_AT_MOST
        calls, since = self.tables.calls().total(), time.monotonic()
        while time.monotonic() < min(deadline, since + _STILL_SECONDS):
            time.sleep(_STILL_POLL)
            if (now := self.tables.calls().total()) != calls:
                calls, since = now, time.monotonic()

    @contextlib.contextmanager
    def paused_workers(self) -> Iterator[None]:
        """Stop the worker processes where they are; they go on afterwards."""
        workers = self.cloud.workers
        for name in workers:
            self.cloud.kill(name, signal.SIGSTOP)
        try:
            yield
        finally:
            for name in workers:
                self.cloud.kill(name, signal.SIGCONT)


@contextlib.contextmanager
def open_stand(
    workers: int, host: HostKind, settings: Mapping[str, str] | None = None, *, flex: bool = False
) -> Iterator[Stand]:
    """Start a stand; everything is ended afterwards. `settings` are further ones of the app."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, LoggedTables(Path(folder)) as tables:
        settings = {
            "TableStorageConnection": tables.connection_string,
            **AS_DEPLOYED,
            **(settings or {}),
        }
        with LocalCloud(workers=workers, settings=settings, flex=flex, host=host) as cloud:
            yield Stand(cloud, tables)


def without_queues() -> dict[str, str]:
    """Return the settings with which the real host runs no function that a queue triggers."""
    from function_app import app  # noqa: PLC0415 -- the app is loaded only where this is needed

    return {
        f"AzureWebJobs.{function.get_function_name()}.Disabled": "true"
        for function in app.get_functions()
        if (trigger := function.get_trigger()) is not None and trigger.type == "serviceBusTrigger"
    }
