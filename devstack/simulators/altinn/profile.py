"""Altinn Profile: contact points of people, organisations and self-identified users."""

from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web

from devstack.simulators.altinn.json_request import json_object, malformed, text_list
from devstack.simulators.altinn.parties import Organisation, Person
from devstack.simulators.altinn.registers import Registers
from devstack.simulators.faults.gate import Gate

_USERNAME_KEYS = (
    "urn:altinn:party:username:",
    "urn:altinn:username:",
    "urn:altinn:person:legacy-selfidentified:",
)


class Profile:
    """The four lookups; unknown people and organisations are left out of the answer."""

    def __init__(self, gate: Gate, registers: Registers) -> None:
        self._gate = gate
        self._registers = registers

    def add_routes(self, app: web.Application) -> None:
        """Serve under /profile/api/v1."""
        base = "/profile/api/v1"
        app.router.add_post(f"{base}/users/contactpoint/lookup", self._people)
        app.router.add_post(f"{base}/users/contactpoint/lookupsi", self._identities)
        app.router.add_post(f"{base}/organizations/notificationaddresses/lookup", self._organisations)
        app.router.add_post(f"{base}/units/contactpoint/lookup", self._units)

    async def _people(self, request: web.Request) -> web.Response:
        document = await json_object(request)
        numbers = text_list(document, "nationalIdentityNumbers")
        use_stale = document.get("useStaleContactInfo") is True
        known = self._registers.people
        found = [_person(known[number], use_stale) for number in dict.fromkeys(numbers) if number in known]
        return await self._answer(request, "profile.persons", found, numbers)

    async def _identities(self, request: web.Request) -> web.Response:
        urns = text_list(await json_object(request), "externalIdentities")
        found = [
            {"externalIdentity": urn, "email": identity.email, "mobileNumber": identity.mobile}
            for urn in dict.fromkeys(urns)
            if (identity := self._registers.identities.get(_canonical(urn))) is not None
        ]
        return await self._answer(request, "profile.external", found, urns)

    async def _organisations(self, request: web.Request) -> web.Response:
        numbers = text_list(await json_object(request), "organizationNumbers")
        found = [
            {
                "organizationNumber": organisation.number,
                "partyId": organisation.party_id,
                "emailList": list(addresses.emails),
                "mobileNumberList": list(addresses.mobiles),
                "userContactPoints": [],
            }
            for organisation in self._known(numbers)
            for addresses in [self._registers.organisations[organisation.main or organisation.number]]
        ]
        return await self._answer(request, "profile.organizations", found, numbers)

    async def _units(self, request: web.Request) -> web.Response:
        document = await json_object(request)
        numbers = text_list(document, "organizationNumbers")
        if not isinstance(document.get("resourceId"), str):
            raise malformed("resourceId is not a string")
        found = [
            {
                "organizationNumber": organisation.number,
                "partyId": organisation.party_id,
                "userContactPoints": [_person(user, use_stale=False) for user in organisation.users],
            }
            for organisation in self._known(numbers)
            if organisation.users
        ]
        return await self._answer(request, "profile.units", found, numbers)

    async def _answer(
        self, request: web.Request, target: str, found: list[dict[str, Any]], asked: list[str]
    ) -> web.Response:
        return await self._gate.answer(
            request, target, lambda: web.json_response({"contactPointsList": found}), to=asked
        )

    def _known(self, numbers: list[str]) -> list[Organisation]:
        known = self._registers.organisations
        return [known[number] for number in dict.fromkeys(numbers) if number in known]


def _person(person: Person, use_stale: bool) -> dict[str, Any]:
    shown = use_stale or not person.stale
    return {
        "userId": person.user_id,
        "nationalIdentityNumber": person.nin,
        "isReserved": person.reserved,
        "mobileNumber": person.mobile if shown else None,
        "email": person.email if shown else None,
    }


def _canonical(urn: str) -> str:
    decoded = unquote_plus(urn)
    for key in _USERNAME_KEYS:
        if decoded.startswith(key):
            decoded = _USERNAME_KEYS[0] + decoded.removeprefix(key)
    return decoded.casefold()
