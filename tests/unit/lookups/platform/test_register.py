"""Names from Register."""

from shared.domain.recipients.contact_points import UserContact
from shared.lookups.platform.register import RegisterNames
from shared.lookups.timed_cache import TimedCache
from shared.ports.registers import OrganizationUsers
from tests.support.peer import serving
from tests.support.platform_peer import NIN, ORG, answering, asked, service


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


def unit(party, *user_ids):
    return OrganizationUsers(party, tuple(UserContact(user, "a@x.no") for user in user_ids))
