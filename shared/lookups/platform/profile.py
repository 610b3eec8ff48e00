"""Altinn Profile: how people, organisations and self-identified users can be reached."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.domain.recipients.contact_points import ContactPoints, UserContact
from shared.lookups.platform.platform_service import PlatformService
from shared.ports.registers import OrganizationUsers

type _Entry = Mapping[str, Any]
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

        def points(entry: _Entry) -> ContactPoints:
            return replace(self._own_points(entry), reserved=entry.get("isReserved") is True)

        entries = await self._entries(
            _PERSONS, numbers, lambda ids: {"nationalIdentityNumbers": ids, "useStaleContactInfo": use_stale}
        )
        return self._by_id(entries, "nationalIdentityNumber", numbers, points)

    async def external_identities(self, urns: Collection[str]) -> Mapping[str, ContactPoints]:
        """Return contact points by URN; an answer without one of its properties is no answer."""
        entries = await self._entries(_EXTERNAL, urns, lambda ids: {"externalIdentities": ids}, required=True)
        if any(not {"externalIdentity", "email", "mobileNumber"} <= entry.keys() for entry in entries):
            raise self._service.unreadable()
        return self._by_id(entries, "externalIdentity", urns, self._own_points)

    async def organizations(self, numbers: Collection[str]) -> Mapping[str, ContactPoints]:
        """Return official addresses by organisation number."""

        def points(entry: _Entry) -> ContactPoints:
            return ContactPoints(self._texts(entry, "emailList"), self._texts(entry, "mobileNumberList"))

        entries = await self._entries(_ORGANIZATIONS, numbers, lambda ids: {"organizationNumbers": ids})
        return self._by_id(entries, "organizationNumber", numbers, points)

    async def organization_users(
        self, numbers: Collection[str], resource: str
    ) -> Mapping[str, OrganizationUsers]:
        """Return who registered an address for an organisation and a resource, by organisation number."""

        def users(entry: _Entry) -> OrganizationUsers:
            found = tuple(
                UserContact(
                    self._number(user, "userId"), self._text(user, "email"), self._text(user, "mobileNumber")
                )
                for user in self._objects(entry, "userContactPoints")
            )
            return OrganizationUsers(self._number(entry, "partyId"), found)

        entries = await self._entries(
            _USERS, numbers, lambda ids: {"organizationNumbers": ids, "resourceId": resource}
        )
        return self._by_id(entries, "organizationNumber", numbers, users)

    def _by_id[Found](
        self, entries: Iterable[_Entry], member: str, ids: Collection[str], read: Callable[[_Entry], Found]
    ) -> dict[str, Found]:
        """Return the first entry of each id, in every spelling that was asked for: case does not matter."""
        found: dict[str, Found] = {}
        asked = {identifier.casefold() for identifier in ids}
        for entry in entries:
            key = self._text(entry, member).casefold()
            if key in asked and key not in found:
                found[key] = read(entry)
        return {identifier: found[key] for identifier in ids if (key := identifier.casefold()) in found}

    def _own_points(self, entry: _Entry) -> ContactPoints:
        email, mobile = self._text(entry, "email"), self._text(entry, "mobileNumber")
        return ContactPoints((email,) if email.strip() else (), (mobile,) if mobile.strip() else ())

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
