"""Decisions from Authorization: what is asked in batches, what counts as a permit, and for how long."""

import pytest

from shared.domain.recipients.contact_points import UserContact
from shared.lookups.platform.authorization import AuthorizationDecisions
from shared.lookups.timed_cache import TimedCache
from shared.ports.registers import OrganizationUsers
from shared.runtime.errors import UnavailableError
from tests.support.peer import serving
from tests.support.platform_peer import answering, asked, service


def decision(party, user, decided="Permit"):
    def category(name, attribute, value):
        return {"categoryId": name, "attribute": [{"attributeId": attribute, "value": str(value)}]}

    return {
        "decision": decided,
        "category": [
            category("urn:oasis:names:tc:xacml:3.0:attribute-category:resource", "urn:altinn:partyid", party),
            category(
                "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject", "urn:altinn:userid", user
            ),
        ],
    }


def unit(party, *user_ids):
    return OrganizationUsers(party, tuple(UserContact(user, "a@x.no") for user in user_ids))


async def test_only_a_permit_counts_and_decisions_are_remembered(http):
    results = [
        decision(50, 1),
        decision(50, 2, "NotApplicable"),
        decision(50, 3, "permit"),
        {"decision": "Permit"},
    ]
    async with serving(answering({"response": results})) as peer:
        access = AuthorizationDecisions(service(peer, http))
        for _ in range(2):
            assert await access.permitted([unit(50, 1, 2, 3)], "min-tjeneste", "read") == {(50, 1)}
    [(target, document)] = asked(peer)
    assert target == "/api/v1/decision"
    request = document["request"]
    assert request["returnPolicyIdList"] is request["combinedDecision"] is False
    assert [subject["id"] for subject in request["accessSubject"]] == ["subject1", "subject2", "subject3"]
    assert request["accessSubject"][0]["attribute"] == [
        {
            "attributeId": "urn:altinn:userid",
            "value": "1",
            "issuer": "Altinn",
            "dataType": "http://www.w3.org/2001/XMLSchema#string",
            "includeInResult": True,
        }
    ]
    assert request["action"][0]["attribute"][0]["value"] == "read"
    assert request["action"][0]["attribute"][0]["dataType"] == "string"
    assert [a["value"] for a in request["resource"][0]["attribute"]] == ["min-tjeneste", "50"]
    assert request["multiRequests"]["requestReference"][2] == {
        "referenceId": ["subject3", "action", "resource50"]
    }


async def test_a_decision_that_grows_old_while_another_is_asked_for_still_counts(http):
    seconds = iter(range(0, 1000, 45))
    cache = TimedCache(seconds=60, clock=lambda: next(seconds))
    results = answering({"response": [decision(50, 1)]}, {"response": [decision(50, 2)]})
    async with serving(results) as peer:
        access = AuthorizationDecisions(service(peer, http), cache=cache)
        assert await access.permitted([unit(50, 1)], "x", "read") == {(50, 1)}
        assert await access.permitted([unit(50, 1, 2)], "x", "read") == {(50, 1), (50, 2)}
    assert len(peer.received) == 2


async def test_i03_an_app_keeps_the_underscores_of_its_name(http):
    async with serving(answering({"response": []})) as peer:
        await AuthorizationDecisions(service(peer, http)).permitted([unit(50, 1)], "app_ttd_min_app", "read")
    [(_, document)] = asked(peer)
    attributes = document["request"]["resource"][0]["attribute"]
    assert [(a["attributeId"], a["value"]) for a in attributes] == [
        ("urn:altinn:org", "ttd"),
        ("urn:altinn:app", "min_app"),
        ("urn:altinn:partyid", "50"),
    ]


async def test_pairs_are_asked_in_batches(http):
    async with serving(answering({"response": []})) as peer:
        access = AuthorizationDecisions(service(peer, http), batch_size=2)
        await access.permitted([unit(50, 1, 2, 3), unit(51, 1, 4)], "x", "read")
    sizes = [len(document["request"]["multiRequests"]["requestReference"]) for _, document in asked(peer)]
    assert sorted(sizes) == [1, 2, 2]


async def test_no_decisions_are_an_outage_not_a_refusal(http):
    async with serving(answering({"response": None})) as peer:
        with pytest.raises(UnavailableError):
            await AuthorizationDecisions(service(peer, http)).permitted([unit(50, 1)], "x", "read")
