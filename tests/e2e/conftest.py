"""One local cloud for all end-to-end tests of a test process; every test finds it as if it were new.

Reset are the clock, the fault rules and the outbox. Orders of earlier tests stay: use other addresses.
"""

from collections.abc import Iterator

import pytest

from devstack.supervisor import LocalCloud
from tests.e2e.owner import NOON, Owner, email_order, new_email, personal_in

EVERY_SECOND = {"RELEASE_DUE_SCHEDULE": "* * * * * *"}  # so that tests wait one second for it, not ten


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[LocalCloud]:
    with LocalCloud(settings=EVERY_SECOND) as cloud:
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


def warm_up(cloud: LocalCloud) -> None:
    """Let every process make its connections before a test measures what it sees by the clock."""
    owner = Owner(cloud)
    owner.wait_for_feed_entry(owner.send(email_order(new_email())))
