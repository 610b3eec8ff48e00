"""Fixtures of several modules: people the registers know, and an organisation that may send files."""

from typing import Any

import pytest

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.composing import SCOPE
from tests.support.scenarios.owner import Owner, personal


@pytest.fixture
def people(cloud: LocalCloud) -> dict[str, Any]:
    """The simulated people and organisations; their numbers must stay out of every log."""
    fixtures = cloud.fixtures()
    for fixture in fixtures.values():
        if isinstance(fixture, dict):
            for member in ("nin", "email", "mobile", "permittedEmail", "deniedEmail"):
                if member in fixture:
                    personal(fixture[member])
    return fixtures


@pytest.fixture
def sender(cloud: LocalCloud, owner: Owner) -> Owner:
    """The organisation with the right to send files."""
    composing = Owner(cloud, owner.org)
    composing.token = personal(
        cloud.token(org=owner.org, scope=f"altinn:serviceowner/notifications.create {SCOPE}")
    )
    return composing
