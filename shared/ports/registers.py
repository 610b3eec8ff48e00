"""The registers: addresses, access, resources and names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.domain.recipients.contact_points import ContactPoints, UserContact


@dataclass(frozen=True, slots=True)
class OrganizationUsers:
    """The people who registered an address for an organisation, known to Authorization as `party_id`."""

    party_id: int
    users: tuple[UserContact, ...]


class ContactRegister(Protocol):
    """Knows how people and organisations can be reached.

    Every lookup takes any number of ids, leaves out those that are unknown, gives addresses as they are
    stored, and raises TransientError when the register cannot be asked now.
    """

    async def persons(self, numbers: Collection[str], *, use_stale: bool) -> Mapping[str, ContactPoints]:
        """Return contact points by national identity number, with `use_stale` also outdated ones."""

    async def external_identities(self, urns: Collection[str]) -> Mapping[str, ContactPoints]:
        """Return contact points by URN as asked for."""

    async def organizations(self, numbers: Collection[str]) -> Mapping[str, ContactPoints]:
        """Return official addresses by organisation number."""

    async def organization_users(
        self, numbers: Collection[str], resource: str
    ) -> Mapping[str, OrganizationUsers]:
        """Return who registered an address of their own for an organisation and a resource, by number."""


class AccessDecisions(Protocol):
    """Knows who may act for an organisation."""

    async def permitted(
        self, organizations: Collection[OrganizationUsers], resource: str, action: str
    ) -> Collection[tuple[int, int]]:
        """Return the (party, user) pairs with an explicit permit; TransientError when it cannot be asked."""


class ResourceRegistry(Protocol):
    """Knows which resources there are."""

    async def knows(self, name: str) -> bool:
        """Return whether a bare name is that of a resource; TransientError when it cannot be asked."""


class NameRegister(Protocol):
    """Knows what people and organisations are called."""

    async def names(self, organizations: Collection[str], persons: Collection[str]) -> Mapping[str, str]:
        """Return names by organisation or identity number; TransientError when it cannot be asked."""
