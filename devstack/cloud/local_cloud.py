"""The local cloud as one object: emulators, simulators and hosts, for the command line and for tests."""

import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from devstack.azurite.account import create_tables
from devstack.clock import ClockFile
from devstack.cloud.control import Control
from devstack.cloud.data_folder import hold
from devstack.cloud.groups import list_groups
from devstack.cloud.host_choice import HostKind, host_of_environment
from devstack.cloud.plan import Wishes, declared_tables, plan_cloud
from devstack.cloud.queue_info import QueueInfo
from devstack.cloud.run_state import RunState, forget_dead_clouds, forget_run_state
from devstack.cloud.settings import SIMULATORS, local_url
from devstack.errors import ControlError
from devstack.json_client import JsonClient
from devstack.processes.children import Children
from devstack.progress import Progress, above
from devstack.project import CLOUDS, LOGS, ROOT
from devstack.real_host.workers import worker_processes

_READY_SECONDS = 60.0
_REAL_HOST_READY_SECONDS = 300.0  # at its first start it is unpacked, and its Python worker fetched
_MORE_SECONDS = 5.0  # for each host process, because they share the cores
_FIRST_TO_STOP = ("http", "worker", "host", "timers")


class LocalCloud:
    """A running local cloud; a context manager that leaves no process behind.

    `port` 0 takes a free one for the API. `workers` counts the processes that serve queues; the first also
    runs the timers. With `flex` every function without HTTP has as many processes of its own, a timer one.
    With `data` queues, tables and secrets outlive it. `settings` override the app's.
    Without `host` the variable HOST says which one runs the app. `state_file` has addresses. `pages` adds
    web pages. Methods that wait raise TimeoutError. The first line of a DevstackError says what to do.
    """

    def __init__(
        self,
        port: int = 0,
        workers: int = 1,
        data: Path | None = None,
        settings: Mapping[str, str] | None = None,
        *,
        flex: bool = False,
        host: HostKind | None = None,
        app: Path = ROOT,
        state: Path | None = None,
        logs: Path | None = None,
        echo: bool = False,
        pages: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._name = f"{os.getpid()}-{secrets.token_hex(3)}"
        self._home = CLOUDS / self._name
        self.state_file = state or self._home / "run.json"
        self.logs = logs or LOGS / self._name
        self.host = host or host_of_environment()
        kept = None if data is None else data.resolve()
        self._wishes = Wishes(port, workers, kept, settings or {}, app.resolve(), self.host, flex)
        changed = self._write_state
        self._children = Children(self.logs, echo=echo, say=above, on_change=changed, progress=progress)
        self._held = ExitStack()
        self._pages = pages
        self._running = False

    def __enter__(self) -> Self:
        """Start everything; what was started is ended again when something fails."""
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self.close()

    def _start(self) -> None:
        forget_dead_clouds()
        if self._wishes.data is not None:
            self._held.enter_context(hold(self._wishes.data))
        self._home.mkdir(parents=True)
        self._plan = plan = plan_cloud(self._wishes, self._home, self.logs)
        self.logs.mkdir(parents=True, exist_ok=True)
        for old in self.logs.glob("*.log"):  # after the plan, which fails when another cloud uses these logs
            old.unlink()
        self._clock = ClockFile(plan.clock_file)
        self._control = Control(self.control)
        self.queue_info = QueueInfo(local_url(plan.addresses.service_bus_control_port))
        self._children.start(plan.emulators(), _READY_SECONDS)
        create_tables(plan.addresses.tables_port, declared_tables())
        patience = _REAL_HOST_READY_SECONDS if self.host is HostKind.REAL else _READY_SECONDS
        settings = plan.settings(self._control.app_credentials())
        groups = list_groups(self._wishes.app, settings) if self._wishes.flex else None
        pages = (plan.pages(settings),) if self._pages else ()
        hosts = plan.hosts(settings, groups) + pages
        self._children.start(hosts, patience + _MORE_SECONDS * len(hosts))
        self._wake_app()
        self._running = True
        self._write_state()

    def _wake_app(self) -> None:
        """Let the app make its connections before the first order, as a warm-up does in Azure."""
        with suppress(ControlError):  # another app may have no such route
            JsonClient(self.api).ask("GET", "/health/ready")

    def close(self) -> None:
        """End every child, hosts first, and remove the files of this run; may be called again."""
        self._running = False
        workers = tuple(name for name in self._children.pids if name.startswith(_FIRST_TO_STOP))
        self._children.close((workers, ("simulators",)))
        forget_run_state(self.state_file, os.getpid())
        shutil.rmtree(self._home, ignore_errors=True)
        self._held.close()

    @property
    def api(self) -> str:
        """Base address of the API."""
        return self._plan.addresses.api

    @property
    def control(self) -> str:
        """Base address of the control API."""
        return self._plan.addresses.simulator("control")

    @property
    def pages(self) -> str | None:
        """Address of the web pages, None without them."""
        return local_url(self._plan.addresses.pages_port) if self._pages else None

    @property
    def service_bus(self) -> str:
        """Connection string of the Service Bus emulator."""
        return self._plan.service_bus

    @property
    def tables(self) -> str:
        """Connection string of the table emulator."""
        return self._plan.tables

    @property
    def children(self) -> dict[str, int]:
        """Process ids by name: servicebus, azurite, simulators, http, worker, worker-2, pages and so on.

        With the real host: host-storage, host, timers. With Flex the group follows: worker-send_sms-2.
        """
        return self._children.pids

    @property
    def processes(self) -> dict[str, int]:
        """Process ids of the children, and of the Python workers of the real host."""
        children = self._children.pids
        return children | worker_processes(children)

    @property
    def api_child(self) -> str:
        """Name of the child that serves HTTP."""
        if self.host is HostKind.OWN:
            return "http"
        return "host-http" if self._wishes.flex else "host"

    @property
    def api_process(self) -> str:
        """Name of the process that runs the app's code for HTTP."""
        return self.api_child.replace("host", "worker")

    @property
    def workers(self) -> list[str]:
        """Names of the processes that run the app's code for queues and timers; one may serve HTTP, too."""
        names = [name for name in self.processes if name.startswith("worker")]
        return [name for name in names if name != self.api_process] or names

    @property
    def stopped_children(self) -> list[str]:
        """Names of those that were killed and not restarted."""
        return self._children.stopped

    @property
    def failure(self) -> str | None:
        """Why the local cloud cannot go on, None while it can."""
        return self._children.failure

    @property
    def addresses(self) -> dict[str, str]:
        """Where everything but the API listens, by name, for people to read."""
        chosen = self._plan.addresses
        bus, tables = f"sb://127.0.0.1:{chosen.service_bus_port}", local_url(chosen.tables_port)
        emulators = {"queues": bus, "queue-info": self.queue_info.base, "tables": tables}
        if (storage := self._plan.host_storage) is not None:
            emulators |= {
                "host-blobs": local_url(storage.blobs),
                "host-queue": local_url(storage.queues),
                "host-table": local_url(storage.tables),
            }
        return {name: chosen.simulator(name) for name in SIMULATORS} | emulators

    def wait_failed(self, timeout: float) -> bool:
        """Whether it has failed, waiting up to `timeout` seconds; `failure` says why."""
        return self._children.wait_failed(timeout)

    def kill(self, name: str, signal_number: int = signal.SIGKILL) -> None:
        """Send a signal to a child. A child that the signal ends stays away until `restart`."""
        self._children.kill(name, signal_number)

    def restart(self, name: str, settings: Mapping[str, str] | None = None) -> None:
        """End a child if it runs, start it at the same address, with more settings, and wait for it."""
        self._children.restart(name, _READY_SECONDS, settings)

    def token(self, *, org: str | None = "ttd", **wanted: Any) -> str:
        """Return a token that the API accepts; `Control.token` lists the options."""
        return self._control.token(org=org, **wanted)

    def fixtures(self) -> dict[str, Any]:
        """Return the simulated people and organisations."""
        return self._control.fixtures()

    def outbox(self, to: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """Return {"emails": […], "sms": […]}, newest last, to all or to one address."""
        return self._control.outbox(to)

    def clear_outbox(self) -> None:
        """Forget every captured message."""
        self._control.clear_outbox()

    def wait_for_email(self, to: str, *, count: int = 1, timeout: float = 60.0) -> dict[str, Any]:
        """Return the newest e-mail once `count` have reached the address."""
        return self._control.wait_for_email(to, count=count, timeout=timeout)

    def wait_for_sms(self, to: str, *, count: int = 1, timeout: float = 60.0) -> dict[str, Any]:
        """Return the newest SMS once `count` have reached the number."""
        return self._control.wait_for_sms(to, count=count, timeout=timeout)

    def now(self) -> datetime:
        """Return the local cloud's time as aware UTC."""
        return self._clock.now()

    def advance_clock(self, seconds: float) -> None:
        """Move the local cloud's time forward."""
        self._control.advance_clock(seconds)

    def set_clock(self, instant: datetime | str) -> None:
        """Set the local cloud's time; a text is ISO 8601."""
        self._control.set_clock(instant)

    def reset_clock(self) -> None:
        """Return to real time."""
        self._control.reset_clock()

    def add_fault(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Add a fault rule; returns it with its id."""
        return self._control.add_fault(rule)

    def clear_faults(self) -> None:
        """Remove every fault rule."""
        self._control.clear_faults()

    def stats(self) -> dict[str, Any]:
        """Return how many requests each simulator got."""
        return self._control.stats()

    def queues(self) -> dict[str, Any]:
        """Return the message counts of every queue."""
        return self.queue_info.counts()

    def wipe_queues(self) -> dict[str, list[dict[str, Any]]]:
        """Lose every message of every queue; return them by queue, dead-letter queues included."""
        return self.queue_info.wipe()

    def log_text(self) -> str:
        """Return what all children have logged so far."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("*.log")))

    def _write_state(self) -> None:
        if not self._running:
            return
        RunState(
            pid=os.getpid(),
            api=self.api,
            control=self.control,
            clock_file=str(self._plan.clock_file),
            service_bus=self.service_bus,
            service_bus_control=self.queue_info.base,
            tables=self.tables,
            issuer=self._plan.addresses.simulator("issuer"),
            pages=self.pages,
            children=self.children,
        ).write(self.state_file)
