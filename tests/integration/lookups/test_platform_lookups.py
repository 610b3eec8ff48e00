"""The product's own adapters against the simulated registers: both sides read the contract the same way."""

import pytest

from devstack.simulators.altinn import fixtures
from shared.contracts.reading.phone_numbers import is_phone_number
from shared.domain.orders.order import ChannelSchema, EmailTemplate, OrderRequest, OrderType, Recipient
from shared.domain.recipients.contact_points import ContactPoints, UserContact
from shared.lookups.http_client import HttpClient
from shared.lookups.platform.authorization import AuthorizationDecisions
from shared.lookups.platform.platform_service import PlatformService
from shared.lookups.platform.profile import ProfileContactRegister
from shared.lookups.platform.register import RegisterNames
from shared.runtime.errors import UnavailableError
from shared.services.placing.resolve_recipients import ResolveRecipients
from tests.support.pipeline.world import start_of_day

NOW = start_of_day()


@pytest.fixture
def http():
    client = HttpClient(public_only=False, insecure_local=True)
    yield client
    client.close()


@pytest.fixture
def resolve(cloud, http):
    def service(name):
        return PlatformService(name, cloud.url("platform", f"/{name}/api/v1/"), http)

    return ResolveRecipients(
        contact_register=ProfileContactRegister(service("profile")),
        access_decisions=AuthorizationDecisions(service("authorization")),
        name_register=RegisterNames(service("register")),
        is_phone_number=is_phone_number,
    )


def order_to(*recipients, text="hei", **more):
    return OrderRequest(
        OrderType.NOTIFICATION,
        NOW,
        ChannelSchema.EMAIL,
        recipients,
        email=EmailTemplate("from@example.no", "hei", text),
        **more,
    )


def person(somebody):
    return Recipient(national_identity_number=somebody.nin)


def organization(somebody):
    return Recipient(organization_number=somebody.number)


async def requests_of(cloud):
    return (await cloud.control("GET", "/stats"))["requests"]


async def test_everybody_is_found_in_one_question_per_register(cloud, resolve):
    recipients = (
        person(fixtures.PERSON_WITH_BOTH),
        person(fixtures.PERSON_RESERVED),
        organization(fixtures.ORG_WITH_BOTH),
        Recipient(external_identity=fixtures.IDENTITY_EMAIL.urn),
        Recipient(national_identity_number="01017012345"),
        Recipient(email_address="direct@example.no"),
    )
    found = await resolve(order_to(*recipients, text="til $recipientName$"), NOW)
    assert {index: points.emails for index, points in found.contacts.items()} == {
        0: ("kari.nordmann@example.no",),
        1: ("sigrid.lie@example.no",),
        2: ("post@skog.example.no",),
        3: ("sam.self@example.no",),
        4: (),
    }
    assert [index for index, points in found.contacts.items() if points.reserved] == [1]
    assert found.names == {0: "NORDMANN KARI", 2: "BLAA SKOG SA"}, "W14: the reserved are not asked for"
    assert await requests_of(cloud) == {
        "profile.persons": 1,
        "profile.organizations": 1,
        "profile.external": 1,
        "register.names": 1,
    }


async def test_users_of_a_resource_are_those_authorization_permits(cloud, resolve):
    firm = organization(fixtures.ORG_WITH_USERS)
    found = await resolve(order_to(firm, resource_id=" urn:altinn:resource:tjeneste "), NOW)
    user = fixtures.PERMITTED_USER
    assert found.contacts == {
        0: ContactPoints(
            emails=fixtures.ORG_WITH_USERS.emails, users=(UserContact(user.user_id, user.email, user.mobile),)
        )
    }
    assert (await requests_of(cloud))["authorization.decision"] == 1


async def test_w10_users_count_at_placement_too(resolve):
    firm = organization(fixtures.ORG_WITH_TWINS)
    found = await resolve.contacts(order_to(firm, resource_id="tjeneste"))
    assert [user.email for user in found[0].users] == ["felles@stein.example.no"]


async def test_outdated_contact_points_are_asked_for_by_the_order(resolve):
    stale = person(fixtures.PERSON_STALE)
    assert (await resolve.contacts(order_to(stale)))[0].emails == ()
    asking = order_to(stale, use_stale_contact_information=True)
    assert (await resolve.contacts(asking))[0].emails == ("tove.vik@example.no",)


@pytest.mark.parametrize("target", ["profile.persons", "profile.organizations", "register.names"])
@pytest.mark.parametrize("action", ["malformed", "status"])
async def test_whatever_a_register_does_is_one_kind_of_failure(cloud, resolve, target, action):
    rule = {"target": target, "action": action}
    await cloud.fault(**rule, **({"status": 500} if action == "status" else {}))
    recipients = (person(fixtures.PERSON_WITH_BOTH), organization(fixtures.ORG_WITH_BOTH))
    with pytest.raises(UnavailableError):
        await resolve(order_to(*recipients, text="til $recipientName$"), NOW)
