"""What placing and previewing ask the registers about the orders of a chain, in the same way."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace

from shared.domain.orders.expansion import NOBODY, is_unresolved
from shared.domain.orders.order import ChainRequest, OrderRequest
from shared.domain.recipients.contact_points import ContactPoints
from shared.domain.recipients.lookup_summary import lacks_contact
from shared.runtime.beside_loop import REQUESTS
from shared.runtime.errors import MissingContactError
from shared.services.placing.paging import field_characters
from shared.services.placing.resolve_recipients import ResolveRecipients, total_deadline

type Contacts = Mapping[int, ContactPoints]

QUICK_RECIPIENTS = 1000  # planned in some milliseconds
QUICK_CHARACTERS = 1_000_000  # of fields
LARGE_AT_ONCE = 2  # larger orders; others wait in memory and have written nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpChain:
    """Looks up those recipients of a chain that have no address."""

    resolve: ResolveRecipients
    stale_contact_creators: frozenset[str]
    _large: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(LARGE_AT_ONCE))

    def place(self, request: ChainRequest) -> AbstractAsyncContextManager[None]:
        """Return what a request holds while it is worked on: a large one has to wait for its turn."""
        return self._large if is_large(request) else nullcontext()

    def with_stale_contacts(self, creator: str, request: ChainRequest) -> ChainRequest:
        """Return the chain, which uses outdated contact points of people too if its creator is listed."""
        if request.idempotency_id is None or creator.casefold() not in self.stale_contact_creators:
            return request
        main, *reminders = (
            replace(order, use_stale_contact_information=True) for order in (request.main, *request.reminders)
        )
        return replace(request, main=main, reminders=tuple(reminders))

    async def __call__(self, request: ChainRequest, *, must_reach_all: bool) -> Sequence[Contacts]:
        """Return for each order, the main one first, what the registers know, by index of the recipient.

        All questions together have a deadline. UnavailableError: it is over, or a register is down.
        UnknownResourceError: an order names a resource that does not exist. MissingContactError, at once and
        only with `must_reach_all`: a recipient has no address.
        """
        found = []
        async with total_deadline():
            for order in (request.main, *request.reminders):
                contacts = await self._contacts(request, order)
                if must_reach_all and any(
                    lacks_contact(each, order.channel_schema) for each in contacts.values()
                ):
                    raise MissingContactError
                found.append(contacts)
        return found

    async def _contacts(self, request: ChainRequest, order: OrderRequest) -> Contacts:
        asks = await computed(request, lambda: is_unresolved(order))
        return await self.resolve.contacts(order) if asks else NOBODY


def is_large(request: ChainRequest) -> bool:
    """Whether planning the request would hold up the event loop."""
    recipients = request.main.recipients
    return len(recipients) > QUICK_RECIPIENTS or sum(map(field_characters, recipients)) > QUICK_CHARACTERS


async def computed[T](request: ChainRequest, work: Callable[[], T]) -> T:
    """Return what `work` returns; that of a large request is done beside the event loop."""
    return await REQUESTS.run(work) if is_large(request) else work()
