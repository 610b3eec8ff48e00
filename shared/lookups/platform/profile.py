"""Altinn Profile: how people, organisations and self-identified users can be reached."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from shared.domain.recipients.contact_points import ContactPoints, UserContact
from shared.lookups.platform.platform_service import PlatformService
from shared.ports.registers import OrganizationUsers

type _Document = Callable[[Sequence[str]], Mapping[str, Any]]

_PERSONS = "users/contactpoint/lookup"
_EXTERNAL = "users/contactpoint/lookupsi"
_ORGANIZATIONS = "organizations/notificationaddresses/lookup"
_USERS = "units/contactpoint/lookup"


class ProfileContactRegister:
    """`ContactRegister` over Profile's four lookups."""

    def __init__(self, service: PlatformService) -> None:
        self._service = service

    async def persons(self, numbers: Collection[str], *, use_stale: bool) -> Mapping[str, ContactPoints]:
        """Return contact points by national identity number."""
        entries = await self._entries(
            _PERSONS, numbers, lambda ids: {"nationalIdentityNumbers": ids, "useStaleContactInfo": use_stale}
        )
        asked, found = _by_name(numbers), {}
        for entry in entries:
            number = asked.get(self._text(entry, "nationalIdentityNumber").casefold())
            if number is not None and number not in found:
                found[number] = ContactPoints(
                    emails=_filled(self._text(entry, "email")),
                    mobiles=_filled(self._text(entry, "mobileNumber")),
                    reserved=entry.get("isReserved") is True,
                )
        return found

    async def external_identities(self, urns: Collection[str]) -> Mapping[str, ContactPoints]:
        """Return contact points by URN; an answer without one of its properties is no answer."""
        entries = await self._entries(_EXTERNAL, urns, lambda ids: {"externalIdentities": ids}, required=True)
        found: dict[str, ContactPoints] = {}
        for entry in entries:
            if not {"externalIdentity", "email", "mobileNumber"} <= entry.keys():
                raise self._service.unreadable()
            points = ContactPoints(
                emails=_filled(self._text(entry, "email")), mobiles=_filled(self._text(entry, "mobileNumber"))
            )
            found.setdefault(self._text(entry, "externalIdentity").casefold(), points)
        # one identity may have been asked for in several spellings
        return {urn: found[urn.casefold()] for urn in urns if urn.casefold() in found}

    async def organizations(self, numbers: Collection[str]) -> Mapping[str, ContactPoints]:
        """Return official addresses by organisation number."""
        entries = await self._entries(_ORGANIZATIONS, numbers, lambda ids: {"organizationNumbers": ids})
        asked, found = _by_name(numbers), {}
        for entry in entries:
            number = asked.get(self._text(entry, "organizationNumber").casefold())
            if number is not None and number not in found:
                found[number] = ContactPoints(
                    emails=self._texts(entry, "emailList"), mobiles=self._texts(entry, "mobileNumberList")
                )
        return found

    async def organization_users(
        self, numbers: Collection[str], resource: str
    ) -> Mapping[str, OrganizationUsers]:
        """Return who registered an address for an organisation and a resource, by organisation number."""
        entries = await self._entries(
            _USERS, numbers, lambda ids: {"organizationNumbers": ids, "resourceId": resource}
        )
        asked, found = _by_name(numbers), {}
        for entry in entries:
            number = asked.get(self._text(entry, "organizationNumber").casefold())
            if number is not None and number not in found:
                users = tuple(
                    UserContact(
                        self._number(user, "userId"),
                        self._text(user, "email"),
                        self._text(user, "mobileNumber"),
                    )
                    for user in self._objects(entry, "userContactPoints")
                )
                found[number] = OrganizationUsers(self._number(entry, "partyId"), users)
        return found

    async def _entries(
        self, path: str, ids: Collection[str], document: _Document, *, required: bool = False
    ) -> list[dict[str, Any]]:
        if not ids:
            return []
        answers = await self._service.post_chunks(path, sorted(ids), document)
        if required and any("contactPointsList" not in answer for answer in answers):
            raise self._service.unreadable()
        return [entry for answer in answers for entry in self._objects(answer, "contactPointsList")]

    def _objects(self, value: Mapping[str, Any], member: str) -> Iterator[dict[str, Any]]:
        items = value.get(member) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self._service.unreadable()
        return iter(items)

    def _text(self, value: Mapping[str, Any], member: str) -> str:
        text = value.get(member)
        if text is not None and not isinstance(text, str):
            raise self._service.unreadable()
        return text or ""

    def _texts(self, value: Mapping[str, Any], member: str) -> tuple[str, ...]:
        texts = value.get(member) or []
        if not isinstance(texts, list):
            raise self._service.unreadable()
        return tuple(text for text in texts if isinstance(text, str))

    def _number(self, value: Mapping[str, Any], member: str) -> int:
        number = value.get(member) or 0
        if not isinstance(number, int):
            raise self._service.unreadable()
        return number


def _by_name(ids: Collection[str]) -> dict[str, str]:
    """Return the ids as they were asked for, by what answers are matched with: case does not matter."""
    return {identifier.casefold(): identifier for identifier in ids}


def _filled(text: str) -> tuple[str, ...]:
    return (text,) if text.strip() else ()
