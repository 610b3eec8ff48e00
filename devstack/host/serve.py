"""One host process: loads the app, starts the chosen triggers, and stops them in order."""

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from devstack.clock import ClockFile
from devstack.host.bindings import (
    HttpTrigger,
    ServiceBusTrigger,
    TimerTrigger,
    Trigger,
    connection_string,
    parse_trigger,
)
from devstack.host.errors import HostStartupError
from devstack.host.groups import Group, Role, groups_of, listed
from devstack.host.host_json import HostSettings, read_host_json
from devstack.host.http.front import HttpFront
from devstack.host.http.routes import RouteTable, RouteTarget
from devstack.host.invocations import Invocations
from devstack.host.runtime import FunctionRuntime
from devstack.host.triggers.queue_pump import QueuePump
from devstack.host.triggers.service_bus import BatchConsumer, Delivery, SingleConsumer
from devstack.host.triggers.timers import Timer, run_timers
from devstack.processes.life import end_process, on_stop_signals, stop_requested

_log = logging.getLogger(__name__)
_STOP_SECONDS = 2.0
_FIRST_CONNECTION_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What to serve; port 0 means any free one."""

    app_dir: Path
    roles: frozenset[Role]
    port: int


@dataclass(frozen=True, slots=True)
class Ready:
    """What a started host serves; `port` is None without HTTP functions."""

    port: int | None
    functions: tuple[str, ...]


async def serve(options: HostOptions, announce: Callable[[Ready], None]) -> None:
    """Serve until SIGTERM or SIGINT; calls `announce` once work is accepted. Raises HostStartupError."""
    on_stop_signals(partial(end_process, 0))
    settings = read_host_json(options.app_dir)
    runtime = await FunctionRuntime.load(options.app_dir)
    # Imported modules stay; without this every full garbage collection walks through them.
    gc.freeze()
    host = Host(runtime, settings)
    ready = await host.start(options)
    stop = stop_requested()
    announce(ready)
    await stop.wait()
    await host.stop()


async def list_groups(app_dir: Path) -> dict[str, Group]:
    """Return the groups in which the functions of an app scale. Starts no trigger."""
    return groups_of(_triggers(await FunctionRuntime.load(app_dir)))


class Host:
    """The triggers of one process."""

    def __init__(self, runtime: FunctionRuntime, settings: HostSettings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._invocations = Invocations(settings.function_timeout, on_timeout=partial(end_process, 1))
        self._front: HttpFront | None = None
        self._pumps: list[QueuePump] = []
        self._timers: asyncio.Task[None] | None = None

    async def start(self, options: HostOptions) -> Ready:
        """Start the triggers of the chosen roles; raises HostStartupError before anything runs."""
        triggers = listed(_triggers(self._runtime), os.environ)
        served: list[Trigger] = []
        port = None
        if Role.QUEUES in options.roles:
            queues = [trigger for trigger in triggers if isinstance(trigger, ServiceBusTrigger)]
            await self._start_queues(queues)
            served += queues
        if Role.HTTP in options.roles:
            routes = [trigger for trigger in triggers if isinstance(trigger, HttpTrigger)]
            port = await self._start_http(routes, options.port)
            served += routes
        if Role.TIMERS in options.roles:
            timers = [trigger for trigger in triggers if isinstance(trigger, TimerTrigger)]
            self._start_timers(timers)
            served += timers
        return Ready(port, tuple(sorted(trigger.function for trigger in served)))

    async def stop(self) -> None:
        """Take no more work, let running invocations finish within two seconds, close the connections."""
        if self._timers is not None:
            self._timers.cancel()
        await asyncio.gather(*(pump.stop_taking() for pump in self._pumps))
        if self._front is not None:
            await self._front.stop_taking()
        await self._invocations.drained(_STOP_SECONDS)
        if self._front is not None:
            await self._front.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS / 4):
                await asyncio.gather(*(pump.close() for pump in self._pumps))

    async def _start_http(self, triggers: Iterable[HttpTrigger], port: int) -> int:
        routes = RouteTable(
            ((item.route, RouteTarget(item.function, item.parameter, item.methods)) for item in triggers),
            self._settings.route_prefix,
        )
        self._front = HttpFront(self._runtime, routes, self._invocations)
        try:
            return await self._front.start(port)
        except OSError as error:
            raise HostStartupError(f"cannot listen on port {port}: {error.strerror}") from None

    async def _start_queues(self, triggers: Iterable[ServiceBusTrigger]) -> None:
        connections = [(trigger, connection_string(trigger, os.environ)) for trigger in triggers]
        from devstack.servicebus.client.receiver import QueueReceiver  # noqa: PLC0415 -- only hosts of queues speak AMQP

        settings = self._settings.service_bus
        for trigger, connection in connections:
            delivery = Delivery(trigger, settings, self._runtime.invoke, self._invocations)
            kind = BatchConsumer if trigger.batch else SingleConsumer
            connect = partial(
                QueueReceiver.connect, connection, trigger.queue, prefetch=settings.prefetch_count
            )
            self._pumps.append(QueuePump(trigger.queue, connect, kind(delivery, settings)))
        await self._first_connections()

    async def _first_connections(self) -> None:
        """Give the queues some seconds to connect before the host is ready; they go on trying after that."""
        try:
            async with asyncio.timeout(_FIRST_CONNECTION_SECONDS):
                await asyncio.gather(*(pump.connected.wait() for pump in self._pumps))
        except TimeoutError:
            _log.warning("not all queues are connected yet; the host goes on trying")

    def _start_timers(self, triggers: Iterable[TimerTrigger]) -> None:
        now = _clock()
        timers = [Timer(trigger, self._runtime.invoke, self._invocations, now) for trigger in triggers]
        self._timers = asyncio.create_task(run_timers(timers, now))


def _triggers(runtime: FunctionRuntime) -> list[Trigger]:
    triggers: list[Trigger] = []
    for function in runtime.functions:
        if function.has_retry_policy:
            _log.warning("%s: the local host does not follow retry policies", function.name)
        triggers.append(parse_trigger(function.name, function.raw_bindings, os.environ))
    return triggers


def _clock() -> Callable[[], datetime]:
    """Return the local cloud's clock, or real time when the host runs without it."""
    path = os.environ.get("CLOCK_FILE")
    return ClockFile(Path(path)).now if path else partial(datetime.now, UTC)
