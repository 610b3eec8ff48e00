"""A local cloud to be mistreated: its SMS calls give up after a second, so that claims expire soon.

Tests of this folder run in one process (xdist group chaos): what one kills must be whole for the next.
"""

from collections.abc import Iterator

import pytest

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import NOON, Owner, personal_in
from tests.support.scenarios.starting import EVERY_SECOND, make_whole, warm_up

SHORT_CALLS = {"SMS_GATEWAY_TIMEOUT_SECONDS": "1"}


@pytest.fixture(scope="session")
def frail_cloud() -> Iterator[LocalCloud]:
    with LocalCloud(settings=EVERY_SECOND | SHORT_CALLS) as cloud:
        warm_up(cloud)
        yield cloud
        assert personal_in(cloud.log_text()) == []


@pytest.fixture
def cloud(frail_cloud: LocalCloud) -> Iterator[LocalCloud]:
    frail_cloud.set_clock(NOON)
    yield frail_cloud
    make_whole(frail_cloud)


@pytest.fixture
def owner(cloud: LocalCloud) -> Owner:
    return Owner(cloud)
