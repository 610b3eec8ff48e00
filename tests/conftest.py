"""Fixtures that several kinds of tests share, one of each per test process.

    azurite       connection string of an empty table service (in memory), with its index and without
    service_bus   ServiceBusEmulator with the queues of infra/queues.json
    cloud         the whole local cloud; every test finds it as if it were new
    owner         an organisation that calls it and that nobody else uses
    loop_watchdog fails a test in which the event loop stood still; every test has it

Of the cloud the clock, the fault rules and the outbox are reset. Orders of earlier tests stay: use other
addresses.

HOST=real runs them on the real Functions host; tests/support/real_host.py names those that it cannot pass.
"""

from collections.abc import Generator, Iterator

import pytest

from devstack.cloud.host_choice import HostKind, find_functions_host, host_of_environment
from devstack.cloud.local_cloud import LocalCloud
from devstack.errors import DevstackError
from devstack.tests.support.emulators import azurite, service_bus
from tests.support.loop_watchdog import loop_watched
from tests.support.real_host import LEFT_OUT
from tests.support.scenarios.owner import NOON, Owner, personal_in
from tests.support.scenarios.starting import SHARED, warm_up

IS_REAL_HOST = host_of_environment() is HostKind.REAL
SHOWN_CHARACTERS = 8000

__all__ = ["azurite", "service_bus"]


@pytest.fixture(autouse=True)
def loop_watchdog(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test in which the event loop stood still for long."""
    with loop_watched(monkeypatch):
        yield


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        name = item.nodeid.partition("@")[0]  # behind it pytest-xdist writes the group
        if IS_REAL_HOST and (reason := LEFT_OUT.get(name)):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a local cloud has logged and queued when a test that uses it fails."""
    report = yield
    if report.failed:
        for cloud in getattr(item, "funcargs", {}).values():
            if isinstance(cloud, LocalCloud) and cloud.failure is None:
                report.sections.append(("log of the local cloud", cloud.log_text()[-SHOWN_CHARACTERS:]))
    return report
