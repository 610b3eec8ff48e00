"""Looks up addresses and names of the recipients of an order, or of one page of it, in the registers.

At placement the result shows whether the order can reach anybody; at send time messages go to it. The
registers are asked about a part of a large order at a time, so that no answer holds up the event loop.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.orders.expansion import expand
from shared.domain.orders.order import OrderRequest
from shared.domain.recipients.contact_points import ContactPoints, PhoneCheck, cleaned, needs_lookup
from shared.domain.recipients.resource import resource_name
from shared.domain.texts.keywords import wants_names
from shared.ports.registers import AccessDecisions, ContactRegister, NameRegister, ResourceRegistry
from shared.runtime.errors import TransientError, UnavailableError, UnknownResourceError

TOTAL_SECONDS = 50.0  # of all questions together: no handler may take longer than 90
_RECIPIENTS_AT_ONCE = 2000
_DEFAULT_ACTION = "read"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Resolution:
    """The registers' answers by index of the recipient: contact points of all looked up, and names found."""

    contacts: Mapping[int, ContactPoints]
    names: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveRecipients:
    """Looks up the recipients whose order gives no usable address."""

    contact_register: ContactRegister
    access_decisions: AccessDecisions
    name_register: NameRegister
    is_phone_number: PhoneCheck
    resource_registry: ResourceRegistry | None = None

    async def __call__(self, order: OrderRequest, now: datetime) -> Resolution:
        """Return what sending needs; TransientError when a register cannot be asked now."""
        async with total_deadline():
            contacts = await self._contacts_of(order)
            return Resolution(contacts, await self._names_of(order, contacts, now))

    async def contacts(self, order: OrderRequest) -> Mapping[int, ContactPoints]:
        """Return the contact points of all recipients that need lookup, before an order is placed.

        UnknownResourceError: the order names a resource that does not exist. TransientError as above.
        """
        async with total_deadline():
            await self._check_resource(order)
            return await self._contacts_of(order)

    async def _check_resource(self, order: OrderRequest) -> None:
        name = resource_name(order.resource_id)
        if self.resource_registry is None or name is None:
            return
        if not any(recipient.organization_number for recipient in order.recipients):
            return  # the resource matters for organisations only
        try:
            known = await self.resource_registry.knows(name)
        except TransientError as error:  # the check only helps the sender; an order is not refused for it
            _log.warning("a resource could not be checked: %s", error)
            return
        if not known:
            raise UnknownResourceError(
                "The resource is not in the Resource Registry. Check the identifier; without it nobody who "
                "registered an address for it would be found."
            )

    async def _contacts_of(self, order: OrderRequest) -> Mapping[int, ContactPoints]:
        found: dict[int, ContactPoints] = {}
        for start in range(0, len(order.recipients), _RECIPIENTS_AT_ONCE):
            part = replace(order, recipients=order.recipients[start : start + _RECIPIENTS_AT_ONCE])
            found |= {start + index: points for index, points in (await self._contacts_in(part)).items()}
        return found

    async def _contacts_in(self, order: OrderRequest) -> Mapping[int, ContactPoints]:
        who = {
            index: recipient
            for index, recipient in enumerate(order.recipients)
            if needs_lookup(recipient, order.channel_schema)
        }
        persons = {r.national_identity_number for r in who.values() if r.national_identity_number}
        numbers = {r.organization_number for r in who.values() if r.organization_number}
        identities = {r.external_identity for r in who.values() if r.external_identity}
        people, organizations, others = await asyncio.gather(
            self.contact_register.persons(persons, use_stale=order.use_stale_contact_information),
            self._organizations(numbers, order),
            self.contact_register.external_identities(identities),
        )
        found = {**others, **organizations, **people}
        clean = {key: cleaned(points, self.is_phone_number) for key, points in found.items()}
        return {
            index: clean.get(recipient.identity or "", ContactPoints()) for index, recipient in who.items()
        }

    async def _organizations(self, numbers: set[str], order: OrderRequest) -> Mapping[str, ContactPoints]:
        resource = resource_name(order.resource_id)
        if not numbers or resource is None:
            return await self.contact_register.organizations(numbers)
        official, units = await asyncio.gather(
            self.contact_register.organizations(numbers),
            self.contact_register.organization_users(numbers, resource),
        )
        action = (order.resource_action or "").strip() or _DEFAULT_ACTION
        permitted = await self.access_decisions.permitted(units.values(), resource, action) if units else ()
        found = dict(official)
        for number, unit in units.items():
            users = tuple(user for user in unit.users if (unit.party_id, user.user_id) in permitted)
            found[number] = replace(found.get(number, ContactPoints()), users=users)
        return found

    async def _names_of(
        self, order: OrderRequest, contacts: Mapping[int, ContactPoints], now: datetime
    ) -> Mapping[int, str]:
        """Return the names of the recipients whose texts use them."""
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
        names = await self.name_register.names(numbers, persons)
        return {
            index: name for index, recipient in who.items() if (name := names.get(recipient.identity or ""))
        }


@asynccontextmanager
async def total_deadline() -> AsyncIterator[None]:
    """Bound the time of all questions within; UnavailableError when it is over."""
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            yield
    except TimeoutError:
        raise UnavailableError("the registers took too long") from None
