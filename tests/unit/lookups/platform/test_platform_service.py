"""What all registers have in common: refusals, outages, hiccups and silence."""

import json
import logging

import pytest

from shared.domain.recipients.contact_points import UserContact
from shared.lookups.platform.authorization import AuthorizationDecisions
from shared.lookups.platform.profile import ProfileContactRegister
from shared.lookups.platform.register import RegisterNames
from shared.lookups.platform.resource_registry import RegisteredResources
from shared.ports.registers import OrganizationUsers
from shared.runtime.breaker import Breaker, CircuitOpenError
from shared.runtime.errors import ThrottledError, UnavailableError
from tests.support.peer import always, in_turn, never, response, serving
from tests.support.platform_peer import NIN, ORG, answer, service


def unit(party, *user_ids):
    return OrganizationUsers(party, tuple(UserContact(user, "a@x.no") for user in user_ids))


REFUSALS = [400, 409, 413, 414, 418, 422, 431, 451]
OUTAGES = [301, 401, 403, 404, 405, 408, 415, 425, 500, 501]


@pytest.mark.parametrize("status", REFUSALS)
async def test_what_a_service_refuses_is_unknown_and_no_outage(http, status, caplog):
    async with serving(always(status)) as peer:
        breaker = Breaker(failures=1)
        asks = service(peer, http, breaker=breaker)
        profile = ProfileContactRegister(asks)
        assert await profile.persons([NIN], use_stale=False) == {}
        assert await profile.organizations([ORG]) == {}
        assert await profile.external_identities(["urn:altinn:party:username:x"]) == {}
        assert await profile.organization_users([ORG], "urn:altinn:resource") == {}
        assert await RegisterNames(asks).names([ORG], [NIN]) == {}
        permitted = await AuthorizationDecisions(asks).permitted([unit(50, 1, 2)], "urn:altinn:app:x", "read")
        assert permitted == frozenset()
        assert not await RegisteredResources(asks).knows("urn:altinn:resource:x")
    assert f"Service refused what was asked with {status}" in caplog.text
    assert NIN not in caplog.text


@pytest.mark.parametrize("bad", [{0}, {499}, {250, 251}, {0, 250, 499}])
async def test_one_id_that_is_refused_costs_the_others_nothing(http, bad):
    numbers = [f"{number:011}" for number in range(500)]
    refused = {numbers[index] for index in bad}

    async def answers(received, writer):
        ids = json.loads(received.body)["nationalIdentityNumbers"]
        entries = [{"nationalIdentityNumber": number, "email": "a@x.no"} for number in ids]
        is_refused = not refused.isdisjoint(ids)
        writer.write(response(400) if is_refused else answer({"contactPointsList": entries}))

    async with serving(answers) as peer:
        found = await ProfileContactRegister(service(peer, http)).persons(numbers, use_stale=False)
    assert found.keys() == set(numbers) - refused
    assert len(peer.received) <= 1 + 2 * 9 * len(bad)


async def test_a_service_that_refuses_everything_is_not_asked_for_each_id(http):
    async with serving(always(400)) as peer:
        numbers = [f"{number:011}" for number in range(1000)]
        assert await ProfileContactRegister(service(peer, http)).persons(numbers, use_stale=False) == {}
    assert len(peer.received) < 100


@pytest.mark.parametrize("status", OUTAGES)
async def test_i02_a_status_is_told_and_nothing_else(http, status, caplog):
    caplog.set_level(logging.DEBUG)
    async with serving(always(status, NIN.encode())) as peer:
        with pytest.raises(UnavailableError, match=f"Service answered {status}") as error:
            await ProfileContactRegister(service(peer, http)).persons([NIN], use_stale=False)
    assert NIN not in f"{error.value!r}{caplog.text}"


async def test_i01_a_hiccup_is_repeated_within_the_call(http):
    hiccup = in_turn(response(503), answer({"contactPointsList": []}))
    async with serving(hiccup) as peer:
        assert await ProfileContactRegister(service(peer, http)).persons([NIN], use_stale=False) == {}
    assert len(peer.received) == 2


async def test_i01_silence_ends_and_a_service_that_is_down_is_left_alone(http):
    async with serving(never) as peer:
        breaker = Breaker(failures=1)
        register = ProfileContactRegister(service(peer, http, breaker=breaker, total_seconds=0.2))
        with pytest.raises(UnavailableError):
            await register.persons([NIN], use_stale=False)
        asked_before = len(peer.received)
        with pytest.raises(CircuitOpenError):
            await register.persons([NIN], use_stale=False)
    assert len(peer.received) == asked_before


async def test_a_demand_to_slow_down_is_told_as_such(http):
    async with serving(always(429)) as peer:
        with pytest.raises(ThrottledError):
            await ProfileContactRegister(service(peer, http)).persons([NIN], use_stale=False)
