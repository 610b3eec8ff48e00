"""Starts the emulator inside a running event loop, for the program and for tests."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack.servicebus.client.connection_string import ConnectionString
from devstack.servicebus.control import ControlPort
from devstack.servicebus.protocol.server import Server
from devstack.servicebus.queues.broker import Broker
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.queues.time_source import TimeSource

_KEY_NAME = "RootManageSharedAccessKey"


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """A broker that serves clients. `connection_string` works with the SDKs and with QueueReceiver."""

    broker: Broker
    port: int
    control_port: int
    connection_string: str

    @property
    def control(self) -> str:
        """The base address of the control port."""
        return f"http://127.0.0.1:{self.control_port}"


@asynccontextmanager
async def running_broker(
    queues: Iterable[QueueDeclaration],
    *,
    port: int = 0,
    control_port: int = 0,
    key: str | None = None,
    time: TimeSource | None = None,
    data: Path | None = None,
) -> AsyncIterator[RunningBroker]:
    """Serve queues on free ports until the context ends; `key` None accepts every token.

    `data` is a directory in which the queues survive the process; without it they live in memory.
    """
    broker = Broker(queues, time or TimeSource(), data)
    server, control = Server(broker, key=key), ControlPort(broker)
    ticking = asyncio.create_task(broker.run())
    try:
        bound, control_bound = await server.start(port), await control.start(control_port)
        address = ConnectionString("127.0.0.1", bound, _KEY_NAME, key or secrets.token_urlsafe())
        yield RunningBroker(broker, bound, control_bound, str(address))
    finally:
        ticking.cancel()
        await control.stop()
        await server.stop()
        broker.close()
