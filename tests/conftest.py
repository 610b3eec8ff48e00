"""Fixtures that several kinds of tests share: the emulators, one of each per test process.

    azurite       connection string of an empty table service (in memory), with its index and without
    service_bus   ServiceBusEmulator with the queues of infra/queues.json
    cloud         the whole local cloud; every test finds it as if it were new
    owner         an organisation that calls it and that nobody else uses

Of the cloud the clock, the fault rules and the outbox are reset. Orders of earlier tests stay: use other
addresses. With pytest-xdist the tests of a file stay together, and those that use the local cloud run in one
process.

HOST=real runs them on the real Functions host; tests/support/real_host.py names those that it cannot pass.
"""

import signal
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from devstack.azurite.account import table_connection_string
from devstack.azurite.process import azurite_spec
from devstack.clock import ClockFile
from devstack.cloud.host_choice import HostKind, find_functions_host, host_of_environment
from devstack.cloud.local_cloud import LocalCloud
from devstack.cloud.plan import service_bus_spec
from devstack.cloud.settings import local_url, service_bus_connection_string
from devstack.errors import DevstackError
from devstack.processes.child import Child, ChildSpec
from devstack.processes.ports import free_ports
from tests.support.real_host import LEFT_OUT
from tests.support.scenarios.owner import NOON, Owner, personal_in
from tests.support.scenarios.starting import SHARED, warm_up

IS_REAL_HOST = host_of_environment() is HostKind.REAL
READY_SECONDS = 120.0
STOP_SECONDS = 3.5
SHOWN_CHARACTERS = 8000

# a busy machine may stop for a moment in the midst of any example; how fast things are is measured elsewhere
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")


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


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[LocalCloud]:
    with LocalCloud(settings=SHARED) as cloud:
        warm_up(cloud)
        yield cloud
        assert personal_in(cloud.log_text()) == []


@pytest.fixture
def cloud(shared_cloud: LocalCloud) -> Iterator[LocalCloud]:
    assert shared_cloud.failure is None, shared_cloud.failure
    yield shared_cloud
    for name in shared_cloud.stopped_children:
        shared_cloud.restart(name)
    shared_cloud.clear_faults()
    shared_cloud.reset_clock()
    shared_cloud.clear_outbox()


@pytest.fixture
def owner(cloud: LocalCloud) -> Owner:
    """An organisation nobody else uses, at noon in Oslo, when SMS may leave."""
    cloud.set_clock(NOON)
    return Owner(cloud)


def pytest_configure() -> None:
    if IS_REAL_HOST:
        try:
            find_functions_host()
        except DevstackError as error:
            pytest.exit(str(error), returncode=1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if IS_REAL_HOST and (reason := LEFT_OUT.get(item.nodeid)):
            item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("xdist_group") is None:
            uses_cloud = "cloud" in getattr(item, "fixturenames", ())
            item.add_marker(
                pytest.mark.xdist_group("cloud" if uses_cloud else item.nodeid.partition("::")[0])
            )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a local cloud has logged and queued when a test that uses it fails."""
    report = yield
    if report.failed:
        for cloud in getattr(item, "funcargs", {}).values():
            if isinstance(cloud, LocalCloud) and cloud.failure is None:
                report.sections.append(("log of the local cloud", cloud.log_text()[-SHOWN_CHARACTERS:]))
    return report


def _started(spec: ChildSpec, folder: Path) -> Child:
    child = Child(spec, folder / f"{spec.name}.log")
    child.start()
    try:
        child.wait_ready(READY_SECONDS)
    except BaseException:
        child.stop(STOP_SECONDS)
        raise
    return child
