"""Profile, Register and Authorization over HTTP: what is asked, what is read, and what is an outage."""

import json
import logging

import pytest

from shared.domain.recipients.contact_points import ContactPoints, UserContact
from shared.lookups.http_client import HttpClient
from shared.lookups.platform.authorization import AuthorizationDecisions
from shared.lookups.platform.platform_service import PlatformService, UnreadableAnswerError
from shared.lookups.platform.profile import ProfileContactRegister
from shared.lookups.platform.register import RegisterNames
from shared.lookups.platform.resource_registry import RegisteredResources
from shared.lookups.timed_cache import TimedCache
from shared.ports.registers import OrganizationUsers
from shared.runtime.breaker import Breaker, CircuitOpenError
from shared.runtime.errors import ThrottledError, UnavailableError
from tests.support.peer import always, in_turn, never, response, serving

NIN, ORG = "01017012345", "910000001"


@pytest.fixture
def http():
    client = HttpClient(public_only=False, insecure_local=True)
    yield client
    client.close()


def service(peer, http, **more):
    return PlatformService("Service", f"{peer.url}/api/v1", http, **more)


def answer(document):
    return response(200, json.dumps(document).encode())


def answering(*documents):
    return in_turn(*(answer(document) for document in documents))


def asked(peer):
    return [(received.target, json.loads(received.body)) for received in peer.received]


# -- Resource Registry --------------------------------------------------------------------------------------


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


# -- Profile ------------------------------------------------------------------------------------------------


async def test_persons_are_asked_for_and_read(http):
    found = {
        "nationalIdentityNumber": NIN,
        "userId": None,
        "isReserved": True,
        "mobileNumber": "91234567",
        "email": None,
    }
    async with serving(answering({"contactPointsList": [found]})) as peer:
        persons = await ProfileContactRegister(service(peer, http)).persons({NIN}, use_stale=True)
    assert persons == {NIN: ContactPoints(mobiles=("91234567",), reserved=True)}
    [(target, document)] = asked(peer)
    assert target == "/api/v1/users/contactpoint/lookup"
    assert document == {"nationalIdentityNumbers": [NIN], "useStaleContactInfo": True}
    assert peer.received[0].headers["content-type"] == "application/json; charset=utf-8"


async def test_w11_a_thousand_persons_are_three_questions_of_at_most_500(http):
    numbers = [f"{number:011}" for number in range(1001)]
    async with serving(answering({"contactPointsList": []})) as peer:
        assert await ProfileContactRegister(service(peer, http)).persons(numbers, use_stale=False) == {}
    lists = [document["nationalIdentityNumbers"] for _, document in asked(peer)]
    assert sorted(len(ids) for ids in lists) == [1, 500, 500]
    assert sorted(number for ids in lists for number in ids) == numbers


async def test_nobody_is_not_asked_for(http):
    async with serving(never) as peer:
        register = ProfileContactRegister(service(peer, http))
        assert await register.persons([], use_stale=False) == {}
        assert await register.external_identities([]) == {}
        assert await register.organizations([]) == {}
        assert await register.organization_users([], "x") == {}
        assert await RegisterNames(service(peer, http)).names([], []) == {}
        assert await AuthorizationDecisions(service(peer, http)).permitted([], "x", "read") == frozenset()
    assert peer.received == []


async def test_external_identities_match_without_case_and_need_every_property(http):
    urn = "urn:altinn:person:idporten-email:Kari%2Bx@example.no"
    whole = {"externalIdentity": urn.lower(), "email": "kari@example.no", "mobileNumber": ""}
    partial = {"externalIdentity": urn, "email": "kari@example.no"}
    lists = ({"contactPointsList": [whole]}, {"contactPointsList": [partial]}, {})
    async with serving(answering(*lists)) as peer:
        register = ProfileContactRegister(service(peer, http))
        assert await register.external_identities([urn]) == {urn: ContactPoints(emails=("kari@example.no",))}
        for _ in range(2):
            with pytest.raises(UnreadableAnswerError):
                await register.external_identities([urn])
    assert asked(peer)[0] == ("/api/v1/users/contactpoint/lookupsi", {"externalIdentities": [urn]})


async def test_spellings_of_one_external_identity_are_all_found(http):
    lower, upper = (f"urn:altinn:person:idporten-email:{name}@example.no" for name in ("kari", "KARI"))
    entry = {"externalIdentity": lower, "email": "kari@example.no", "mobileNumber": ""}
    async with serving(answering({"contactPointsList": [entry]})) as peer:
        found = await ProfileContactRegister(service(peer, http)).external_identities([lower, upper])
    assert found == dict.fromkeys((lower, upper), ContactPoints(emails=("kari@example.no",)))


async def test_organisations_and_their_users(http):
    official = {"organizationNumber": ORG, "emailList": ["a@x.no"], "mobileNumberList": None}
    user = {"userId": 7, "email": "u@x.no", "mobileNumber": None, "isReserved": True}
    unit = {"organizationNumber": ORG, "partyId": 50, "userContactPoints": [user]}
    async with serving(answering({"contactPointsList": [official]}, {"contactPointsList": [unit]})) as peer:
        register = ProfileContactRegister(service(peer, http))
        assert await register.organizations([ORG]) == {ORG: ContactPoints(emails=("a@x.no",))}
        users = await register.organization_users([ORG], "min-tjeneste")
    assert users == {ORG: OrganizationUsers(50, (UserContact(7, "u@x.no", ""),))}
    assert asked(peer) == [
        ("/api/v1/organizations/notificationaddresses/lookup", {"organizationNumbers": [ORG]}),
        (
            "/api/v1/units/contactpoint/lookup",
            {"organizationNumbers": [ORG], "resourceId": "min-tjeneste"},
        ),
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"contactPointsList": {"a": 1}},
        {"contactPointsList": [1]},
        {"contactPointsList": [{"nationalIdentityNumber": NIN, "email": 1}]},
        [],
    ],
)
async def test_an_answer_of_another_shape_is_an_outage(http, document):
    async with serving(answering(document)) as peer:
        with pytest.raises(UnreadableAnswerError):
            await ProfileContactRegister(service(peer, http)).persons([NIN], use_stale=False)


# -- Register -----------------------------------------------------------------------------------------------


async def test_names_are_asked_once_and_remembered_while_fresh(http):
    now = 0.0
    names = {"partyNames": [{"orgNo": ORG, "name": " EKSEM\0PEL \n\u2028 AS "}, {"ssn": NIN, "name": None}]}
    async with serving(answering(names)) as peer:
        cache = TimedCache(seconds=60, clock=lambda: now)
        register = RegisterNames(service(peer, http), cache=cache)
        for _ in range(2):
            assert await register.names([ORG], []) == {ORG: "EKSEMPEL AS"}
        assert await register.names([ORG], [NIN]) == {ORG: "EKSEMPEL AS"}
        now = 60.0
        await register.names([ORG], [])
    assert [document["parties"] for _, document in asked(peer)] == [
        [{"orgNo": ORG}],
        [{"ssn": NIN}],
        [{"orgNo": ORG}],
    ]
    assert {target for target, _ in asked(peer)} == {"/api/v1/parties/nameslookup"}


async def test_headers_are_asked_for_before_every_call(http):
    async with serving(answering({"partyNames": []})) as peer:
        tokens = iter(["one", "two"])
        headers = lambda: {"PlatformAccessToken": next(tokens)}  # noqa: E731
        register = RegisterNames(service(peer, http, headers=headers))
        await register.names([ORG], [])
        await register.names([ORG], [])
    assert [received.headers["platformaccesstoken"] for received in peer.received] == ["one", "two"]


# -- Authorization ------------------------------------------------------------------------------------------


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


# -- all of them --------------------------------------------------------------------------------------------


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


def test_cache_forgets_the_oldest_and_what_is_no_longer_fresh():
    now = 0.0
    cache = TimedCache(seconds=10, capacity=2, clock=lambda: now)
    for number in range(3):
        cache.put(number, str(number))
    assert [cache.get(number) for number in range(3)] == [None, "1", "2"]
    cache.put(1, "new")
    now = 10.0
    assert cache.get(1) is None
