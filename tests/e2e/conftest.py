"""One local cloud for all end-to-end tests of a test process; every test finds it as if it were new.

Reset are the clock, the fault rules and the outbox. Orders of earlier tests stay: use other addresses.
"""

from collections.abc import Iterator

import pytest

from devstack.supervisor import LocalCloud


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(shared_cloud: LocalCloud) -> Iterator[LocalCloud]:
    assert shared_cloud.failure is None, shared_cloud.failure
    yield shared_cloud
    for name in shared_cloud.stopped_children:
        shared_cloud.restart(name)
    shared_cloud.clear_faults()
    shared_cloud.reset_clock()
    shared_cloud.clear_outbox()
