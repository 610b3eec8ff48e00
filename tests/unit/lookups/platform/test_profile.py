"""Contact points from Profile: what is asked, what is read, and what is an outage."""

import pytest

from shared.domain.recipients.contact_points import ContactPoints, UserContact
from shared.lookups.platform.authorization import AuthorizationDecisions
from shared.lookups.platform.platform_service import UnreadableAnswerError
from shared.lookups.platform.profile import ProfileContactRegister
from shared.lookups.platform.register import RegisterNames
from shared.ports.registers import OrganizationUsers
from tests.support.peer import never, serving
from tests.support.platform_peer import NIN, ORG, answering, asked, service


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


def unit(party, *user_ids):
    return OrganizationUsers(party, tuple(UserContact(user, "a@x.no") for user in user_ids))
