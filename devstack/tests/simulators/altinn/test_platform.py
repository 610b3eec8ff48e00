"""The simulated Altinn platform: the wire contracts of its lookups, Maskinporten and condition endpoints."""

import asyncio
import base64
import json
import time
import uuid
from typing import Any

import aiohttp
import jwt
import pytest

from devstack.simulators.altinn import fixtures
from devstack.tests.support.simulators import Cloud


async def post(cloud: Cloud, path: str, body: object) -> Any:
    async with cloud.http.post(cloud.url("platform", path), json=body) as answer:
        answer.raise_for_status()
        return await answer.json()


async def people(cloud: Cloud, *nins: str, stale: bool = False) -> list[dict[str, Any]]:
    body = {"nationalIdentityNumbers": list(nins), "useStaleContactInfo": stale}
    return (await post(cloud, "/profile/api/v1/users/contactpoint/lookup", body))["contactPointsList"]


async def test_people_are_found_and_unknown_ones_left_out(cloud):
    found = await people(cloud, fixtures.PERSON_WITH_BOTH.nin, fixtures.PERSON_RESERVED.nin, "00000000000")
    assert found[0] == {
        "userId": 20001,
        "nationalIdentityNumber": fixtures.PERSON_WITH_BOTH.nin,
        "isReserved": False,
        "mobileNumber": "+4791700001",
        "email": "kari.nordmann@example.no",
    }
    assert [person["isReserved"] for person in found] == [False, True]


async def test_stale_addresses_are_shown_on_request_only(cloud):
    nin = fixtures.PERSON_STALE.nin
    assert [person["email"] for person in await people(cloud, nin)] == [None]
    assert [person["email"] for person in await people(cloud, nin, stale=True)] == ["tove.vik@example.no"]


@pytest.mark.parametrize(
    ("urn", "email"),
    [
        ("urn:altinn:person:idporten-email:sam.self%40example.no", "sam.self@example.no"),
        ("urn:altinn:party:username:Selma", "selma.self@example.no"),
        ("urn:altinn:username:selma", "selma.self@example.no"),
        ("urn:altinn:person:legacy-selfidentified:selma", "selma.self@example.no"),
        ("urn:altinn:party:username:nobody", None),
    ],
)
async def test_self_identified_users_are_found_by_every_spelling(cloud, urn, email):
    answer = await post(cloud, "/profile/api/v1/users/contactpoint/lookupsi", {"externalIdentities": [urn]})
    found = answer["contactPointsList"]
    assert [(item["externalIdentity"], item["email"]) for item in found] == ([(urn, email)] if email else [])
    assert all(isinstance(item["mobileNumber"], str) for item in found)


async def test_organisations_have_official_addresses(cloud):
    numbers = [fixtures.ORG_WITH_BOTH.number, fixtures.ORG_UNKNOWN, fixtures.ORG_WITH_EMAIL.number]
    path = "/profile/api/v1/organizations/notificationaddresses/lookup"
    found = (await post(cloud, path, {"organizationNumbers": numbers}))["contactPointsList"]
    assert [(item["emailList"], item["mobileNumberList"]) for item in found] == [
        (["post@skog.example.no"], ["+4791700052"]),
        (["post@fjell.example.no"], []),
    ]


def decision_request(party: int, *users: int, resource: str = "a-service") -> dict[str, Any]:
    def attribute(name: str, value: object, shown: bool) -> dict[str, Any]:
        return {"attributeId": name, "value": str(value), "issuer": "Altinn", "includeInResult": shown}

    action = attribute("urn:oasis:names:tc:xacml:1.0:action:action-id", "read", shown=False)
    return {
        "request": {
            "accessSubject": [
                {"id": f"subject{user}", "attribute": [attribute("urn:altinn:userid", user, shown=True)]}
                for user in users
            ],
            "action": [{"id": "action", "attribute": [action]}],
            "resource": [
                {
                    "id": f"resource{party}",
                    "attribute": [
                        attribute("urn:altinn:resource", resource, shown=False),
                        attribute("urn:altinn:partyid", party, shown=True),
                    ],
                }
            ],
            "multiRequests": {
                "requestReference": [
                    {"referenceId": [f"subject{user}", "action", f"resource{party}"]} for user in users
                ]
            },
        }
    }


async def test_users_of_an_organisation_are_permitted_one_by_one(cloud):
    body = {"organizationNumbers": [fixtures.ORG_WITH_USERS.number], "resourceId": "a-service"}
    [unit] = (await post(cloud, "/profile/api/v1/units/contactpoint/lookup", body))["contactPointsList"]
    users = [user["userId"] for user in unit["userContactPoints"]]
    answer = await post(
        cloud, "/authorization/api/v1/decision", decision_request(unit["partyId"], *users, 999)
    )
    decisions = {}
    for item in answer["response"]:
        shown = {
            category["categoryId"].rpartition(":")[2]: [a["attributeId"] for a in category["attribute"]]
            for category in item["category"]
        }
        assert shown == {"access-subject": ["urn:altinn:userid"], "resource": ["urn:altinn:partyid"]}
        values = [a["value"] for category in item["category"] for a in category["attribute"]]
        decisions[values[0]] = item["decision"]
    assert decisions == {"20006": "Permit", "20007": "NotApplicable", "999": "NotApplicable"}


async def test_nobody_is_permitted_a_restricted_resource(cloud):
    firm = fixtures.ORG_WITH_USERS
    request = decision_request(firm.party_id, firm.users[0].user_id, resource="restricted-service")
    answer = await post(cloud, "/authorization/api/v1/decision", request)
    assert [item["decision"] for item in answer["response"]] == ["NotApplicable"]


async def test_names_are_null_for_those_not_in_the_register(cloud):
    parties = [
        {"orgNo": fixtures.ORG_WITH_EMAIL.number},
        {"ssn": fixtures.PERSON_WITH_BOTH.nin},
        {"ssn": "00000000000"},
    ]
    names = (await post(cloud, "/register/api/v1/parties/nameslookup", {"parties": parties}))["partyNames"]
    assert [item["name"] for item in names] == ["FJELL OG FJORD AS", "NORDMANN KARI", None]
    assert names[0]["orgNo"] == fixtures.ORG_WITH_EMAIL.number


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/register/api/v1/parties/nameslookup", {"parties": [{}]}),
        ("/register/api/v1/parties/nameslookup", {"parties": [{"orgNo": "1", "ssn": "2"}]}),
        ("/profile/api/v1/users/contactpoint/lookup", {"nationalIdentityNumbers": "x"}),
        ("/profile/api/v1/units/contactpoint/lookup", {"organizationNumbers": [], "resourceId": None}),
        ("/authorization/api/v1/decision", {}),
        ("/authorization/api/v1/decision", {"request": {}}),
        ("/authorization/api/v1/decision", []),
    ],
)
async def test_malformed_lookups_are_refused(cloud, path, body):
    with pytest.raises(aiohttp.ClientResponseError, match="400"):
        await post(cloud, path, body)


async def test_a_resource_exists_unless_its_name_says_otherwise(cloud):
    for name, status in (("a-service", 200), ("unknown-service", 404)):
        url = cloud.url("platform", f"/resourceregistry/api/v1/resource/{name}")
        async with cloud.http.get(url) as answer:
            assert answer.status == status


async def test_a_lookup_fails_by_rule_for_one_person(cloud):
    await cloud.fault(
        target="profile.*", action="status", status=500, match={"to": fixtures.PERSON_RESERVED.nin}, times=1
    )
    await people(cloud, fixtures.PERSON_WITH_BOTH.nin)
    with pytest.raises(aiohttp.ClientResponseError, match="500"):
        await people(cloud, fixtures.PERSON_WITH_BOTH.nin, fixtures.PERSON_RESERVED.nin)
    assert len(await people(cloud, fixtures.PERSON_RESERVED.nin)) == 1
    assert (await cloud.control("GET", "/stats"))["requests"] == {"profile.persons": 3}


async def condition(cloud: Cloud, path: str, **headers: str) -> tuple[int, str]:
    async with cloud.http.get(
        cloud.url("platform", f"/conditions/{path}"), headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("true", (200, '{"sendNotification": true}')),
        ("false", (200, '{"sendNotification": false}')),
        ("string", (200, '{"sendNotification": "true"}')),
        ("empty", (200, "")),
        ("error", (500, "simulated error")),
        ("redirect", (302, "")),
        ("nonsense", (404, "no such kind of condition")),
        ("slow?seconds=0", (200, '{"sendNotification": true}')),
    ],
)
async def test_conditions_answer_as_their_kind_says(cloud, kind, expected):
    assert await condition(cloud, kind) == expected


async def test_conditions_change_their_mind_per_address(cloud):
    assert [(await condition(cloud, "flaky?key=1"))[0] for _ in range(3)] == [500, 200, 200]
    assert (await condition(cloud, "flaky?key=2"))[0] == 500
    answers = [(await condition(cloud, "sequence?answers=true,false"))[1] for _ in range(3)]
    assert ["true" in answer for answer in answers] == [True, False, False]


async def test_a_slow_condition_lets_others_through(cloud):
    slow = asyncio.create_task(condition(cloud, "slow?seconds=60"))
    assert (await condition(cloud, "true"))[0] == 200
    assert not slow.done()
    slow.cancel()


class Client:
    """A client of Maskinporten as the product is configured to be one."""

    def __init__(self, cloud: Cloud, settings: dict[str, str]) -> None:
        self.cloud = cloud
        self.settings = settings
        jwk = json.loads(base64.b64decode(settings["MASKINPORTEN_ENCODED_JWK"]))
        self.key = jwt.PyJWK.from_dict(jwk)

    def assertion(self, **changes: object) -> str:
        now = int(time.time())
        claims = {
            "aud": self.settings["MASKINPORTEN_AUDIENCE"],
            "iss": self.settings["MASKINPORTEN_CLIENT_ID"],
            "scope": self.settings["MASKINPORTEN_SCOPE"],
            "iat": now,
            "exp": now + 10,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims | changes, self.key, algorithm="RS256", headers={"kid": self.key.key_id})

    async def grant(
        self, assertion: str, grant_type: str = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    ) -> tuple[int, dict[str, Any]]:
        form = {"grant_type": grant_type, "assertion": assertion}
        endpoint = self.settings["MASKINPORTEN_TOKEN_ENDPOINT"]
        async with self.cloud.http.post(endpoint, data=form) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def client(cloud: Cloud) -> Client:
    return Client(cloud, await cloud.control("GET", "/maskinporten"))


async def test_a_granted_token_opens_the_protected_condition(cloud, client):
    status, granted = await client.grant(client.assertion())
    assert (status, granted["token_type"], granted["expires_in"]) == (200, "Bearer", 119)
    opened = await condition(cloud, "protected", Authorization=f"Bearer {granted['access_token']}")
    assert opened == (200, '{"sendNotification": true}')
    assert (await condition(cloud, "protected"))[0] == 401
    assert (await condition(cloud, "protected", Authorization=f"Bearer {client.assertion()}"))[0] == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"aud": "https://maskinporten.no/"}, "invalid_grant"),
        ({"iss": "somebody"}, "invalid_grant"),
        ({"exp": 1_000_000_000}, "invalid_grant"),
        ({"exp": int(time.time()) + 86_400}, "invalid_grant"),
        ({"scope": "other"}, "invalid_scope"),
    ],
)
async def test_assertions_are_checked(client, changes, error):
    status, answer = await client.grant(client.assertion(**changes))
    assert (status, answer["error"]) == (400, error)


async def test_an_assertion_is_used_once(client):
    assertion = client.assertion()
    assert (await client.grant(assertion))[0] == 200
    status, answer = await client.grant(assertion)
    assert (status, answer["error"]) == (400, "invalid_grant")
    assert (await client.grant(client.assertion(), "password"))[1]["error"] == "unsupported_grant_type"
