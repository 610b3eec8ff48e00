"""The emulators as fixtures, one of each per test process.

azurite       connection string of an empty table service (in memory), with its index and without
service_bus   ServiceBusEmulator with the queues of infra/queues.json
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devstack.azurite.account import table_connection_string
from devstack.azurite.process import azurite_spec
from devstack.clock import ClockFile
from devstack.cloud.plan import service_bus_spec
from devstack.cloud.settings import local_url, service_bus_connection_string
from devstack.processes.child import Child, ChildSpec
from devstack.processes.ports import free_ports

READY_SECONDS = 120.0
STOP_SECONDS = 3.5


@dataclass(frozen=True, slots=True)
class ServiceBusEmulator:
    """A running emulator; `control` is the base address of its control API, `clock` moves its time."""

    connection_string: str
    control: str
    clock: ClockFile
    child: Child

    def restart(self, signal_number: int = signal.SIGKILL) -> None:
        """End it with a signal and start it again at the same address; its messages are lost."""
        self.child.send(signal_number)
        self.child.wait_ended(STOP_SECONDS)
        self.child.start()
        self.child.wait_ready(READY_SECONDS)


@pytest.fixture(scope="session", params=[True, False], ids=["indexed", "plain"])
def azurite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    (port,) = free_ports(1)
    child = _started(azurite_spec(port, None, indexed=request.param), tmp_path_factory.mktemp("azurite"))
    yield table_connection_string(port)
    child.stop(STOP_SECONDS)


@pytest.fixture(scope="session")
def service_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceBusEmulator]:
    folder = tmp_path_factory.mktemp("servicebus")
    port, control_port = free_ports(2)
    clock = ClockFile(folder / "clock")
    child = _started(service_bus_spec(port, control_port, folder / "clock", None), folder)
    yield ServiceBusEmulator(
        service_bus_connection_string(port, "not-checked"), local_url(control_port), clock, child
    )
    child.stop(STOP_SECONDS)


def _started(spec: ChildSpec, folder: Path) -> Child:
    child = Child(spec, folder / f"{spec.name}.log")
    child.start()
    try:
        child.wait_ready(READY_SECONDS)
    except BaseException:
        child.stop(STOP_SECONDS)
        raise
    return child
