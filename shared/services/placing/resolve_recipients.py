"""Asks the registers who the recipients of an order, or of one page of it, are: addresses and names.

At placement the answer tells whether an order can reach anybody, at send time it is what is sent to. One
question per register, whatever the number of recipients.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.orders.expansion import expand
from shared.domain.orders.order import OrderRequest, Recipient
from shared.domain.recipients.contact_points import ContactPoints, PhoneCheck, cleaned, needs_lookup
from shared.domain.recipients.resource import resource_name
from shared.domain.texts.keywords import wants_names
from shared.ports.registers import AccessDecisions, ContactRegister, NameRegister, ResourceRegistry
from shared.runtime.errors import TransientError, UnavailableError, UnknownResourceError

TOTAL_SECONDS = 50.0  # of all questions together: no handler may take longer than 90
_DEFAULT_ACTION = "read"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the registers said, by index of the recipient: everybody looked up, and the names found."""

    contacts: Mapping[int, ContactPoints]
    names: Mapping[int, str]


class ResolveRecipients:
    """Looks up the recipients that gave no usable address of their own."""

    def __init__(
        self,
        *,
        contacts: ContactRegister,
        access: AccessDecisions,
        names: NameRegister,
        is_phone_number: PhoneCheck,
        resources: ResourceRegistry | None = None,
    ) -> None:
        self._contacts = contacts
        self._access = access
        self._names = names
        self._is_phone_number = is_phone_number
        self._resources = resources

    async def __call__(self, order: OrderRequest, now: datetime) -> Resolution:
        """Return all that sending takes; TransientError when a register cannot be asked now."""
        async with total_deadline():
            contacts = await self._contacts_of(order)
            return Resolution(contacts, await self._names_of(order, contacts, now))

    async def contacts(self, order: OrderRequest) -> Mapping[int, ContactPoints]:
        """Return the contact points of everybody who needs lookup, while the order can still be refused.

        UnknownResourceError: it names no resource that there is. TransientError as above.
        """
        async with total_deadline():
            await self._check_resource(order)
            return await self._contacts_of(order)

    async def _check_resource(self, order: OrderRequest) -> None:
        name = resource_name(order.resource_id)
        if self._resources is None or name is None:
            return
        if not any(recipient.organization_number for recipient in order.recipients):
            return  # who is told does not depend on it
        try:
            known = await self._resources.knows(name)
        except TransientError as error:  # a courtesy to the sender, no reason to refuse an order
            _log.warning("a resource could not be checked: %s", error)
            return
        if not known:
            raise UnknownResourceError(
                "The resource is not in the Resource Registry. Check the identifier; without it nobody who "
                "registered an address for it would be found."
            )

    async def _contacts_of(self, order: OrderRequest) -> Mapping[int, ContactPoints]:
        who = {
            index: recipient
            for index, recipient in enumerate(order.recipients)
            if needs_lookup(recipient, order.channel_schema)
        }
        persons = {r.national_identity_number for r in who.values() if r.national_identity_number}
        numbers = {r.organization_number for r in who.values() if r.organization_number}
        identities = {r.external_identity for r in who.values() if r.external_identity}
        people, organizations, others = await asyncio.gather(
            self._contacts.persons(persons, use_stale=order.use_stale_contact_information),
            self._organizations(numbers, order),
            self._contacts.external_identities(identities),
        )
        found = {**others, **organizations, **people}
        clean = {key: cleaned(points, self._is_phone_number) for key, points in found.items()}
        return {index: clean.get(_key(recipient), ContactPoints()) for index, recipient in who.items()}

    async def _organizations(self, numbers: set[str], order: OrderRequest) -> Mapping[str, ContactPoints]:
        resource = resource_name(order.resource_id)
        if not numbers or resource is None:
            return await self._contacts.organizations(numbers)
        official, units = await asyncio.gather(
            self._contacts.organizations(numbers), self._contacts.organization_users(numbers, resource)
        )
        action = (order.resource_action or "").strip() or _DEFAULT_ACTION
        permitted = await self._access.permitted(units.values(), resource, action) if units else ()
        found = dict(official)
        for number, unit in units.items():
            users = tuple(user for user in unit.users if (unit.party_id, user.user_id) in permitted)
            found[number] = replace(found.get(number, ContactPoints()), users=users)
        return found

    async def _names_of(
        self, order: OrderRequest, contacts: Mapping[int, ContactPoints], now: datetime
    ) -> Mapping[int, str]:
        """Return the names of those who will be written to by name."""
        written = {
            n.recipient
            for n in expand(order, now, contacts)
            if n.is_pending and wants_names(order, n.channel)
        }
        who = {index: order.recipients[index] for index in sorted(written)}
        numbers = {r.organization_number for r in who.values() if r.organization_number}
        persons = {r.national_identity_number for r in who.values() if r.national_identity_number}
        if not numbers and not persons:
            return {}
        names = await self._names.names(numbers, persons)
        return {index: name for index, recipient in who.items() if (name := names.get(_key(recipient)))}


def _key(recipient: Recipient) -> str:
    return (
        recipient.national_identity_number
        or recipient.organization_number
        or recipient.external_identity
        or ""
    )


@asynccontextmanager
async def total_deadline() -> AsyncIterator[None]:
    """Bound all questions asked within; UnavailableError when time is up."""
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            yield
    except TimeoutError:
        raise UnavailableError("the registers took too long") from None
