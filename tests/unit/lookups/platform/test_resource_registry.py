"""Resources from the Resource Registry."""

import pytest

from shared.domain.recipients.contact_points import UserContact
from shared.lookups.platform.resource_registry import RegisteredResources
from shared.ports.registers import OrganizationUsers
from shared.runtime.errors import UnavailableError
from tests.support.peer import always, in_turn, response, serving
from tests.support.platform_peer import answer, service


async def test_a_resource_found_is_remembered_and_an_unknown_one_is_asked_for_again(http):
    answers = in_turn(answer({"identifier": "app_skd_melding/1"}), response(404), response(404))
    async with serving(answers) as peer:
        registry = RegisteredResources(service(peer, http))
        assert [await registry.knows("app_skd_melding/1") for _ in range(2)] == [True, True]
        assert [await registry.knows("finnes-ikke") for _ in range(2)] == [False, False]
    assert [(received.method, received.target) for received in peer.received] == [
        ("GET", "/api/v1/resource/app_skd_melding%2F1"),
        *[("GET", "/api/v1/resource/finnes-ikke")] * 2,
    ]


async def test_a_registry_that_fails_is_an_outage_not_an_unknown_resource(http):
    async with serving(always(403)) as peer:
        with pytest.raises(UnavailableError):
            await RegisteredResources(service(peer, http)).knows("tjeneste")


def unit(party, *user_ids):
    return OrganizationUsers(party, tuple(UserContact(user, "a@x.no") for user in user_ids))
