"""Places an order: its row, which commits it, with those of agenda and index; then a message if it is due.

A repeat of the request computes the same keys, so the insert itself finds the earlier order: there is no race
between a look and an insert. An order that is due, has addresses and asks no condition goes straight to its
send queue. Recipients without an address are looked up first, so that an order that can reach nobody is
refused.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.orders.decision import FIRST_VISITS, Decision, next_visit
from shared.domain.orders.expansion import expand, is_unresolved
from shared.domain.orders.ids import IdMaker, ItemId
from shared.domain.orders.lifetime import closes_at
from shared.domain.orders.order import ChainRequest, OrderRequest, OrderStatus
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.recipients.lookup_summary import RecipientLookup, summary
from shared.domain.trace.events import Event, EventKind
from shared.records.agenda_entry import AgendaEntry
from shared.records.messages import Wake
from shared.records.shipment_rows import NewPage, NewShipment
from shared.runtime.background import Background
from shared.runtime.errors import ConflictError, TransientError, UnavailableError
from shared.services.handling.work_queues import WorkQueues
from shared.services.hops import Hops, follow
from shared.services.measures import ACCEPTED, HELD
from shared.services.placing.look_up_chain import LookUpChain, computed
from shared.services.placing.paging import parted
from shared.services.times import Times
from shared.storage.agenda import Agenda, agenda_insert
from shared.storage.orders import MOST_WITH_AGENDA, MOST_WITH_INDEX, OrderTable, StoredReceipt
from shared.storage.recipient_index import RecipientIndex
from shared.storage.senders_references import SendersReferences

# A placement takes at most this long, from the lookups to the order row. Rows that are left of one that was
# given up stay ten times as long.
GIVE_UP = timedelta(seconds=60)
_COMMIT_SECONDS = 10.0
RECIPIENTS_PER_PAGE = 100  # one page is one wake, one gateway call, one conditional write
_TOO_SLOW = "placing took too long, the order was not accepted"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a placement: the chain, and each shipment with its reference, main order first.

    `lookup` sums up the registers' answers, for a new version 1 order whose recipients were looked up.
    `conflict`: the order of this receipt was asked for with another content.
    """

    chain_id: str
    shipments: tuple[tuple[str, str | None], ...]
    created: bool
    lookup: RecipientLookup | None = None
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class _Planned:
    new: NewShipment
    entry: AgendaEntry
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Places the orders of all endpoints but the instant ones."""

    orders: OrderTable
    agenda: Agenda
    senders_references: SendersReferences
    by_recipient: RecipientIndex
    work_queues: WorkQueues
    ids: IdMaker
    times: Times
    look_up: LookUpChain
    hops: Hops
    handing_over: Background = field(init=False, default_factory=Background)

    async def __call__(self, creator: str, request: ChainRequest) -> Receipt:
        """Store the request, or find the one stored before under the same idempotency id.

        UnavailableError: storage is too slow or down, or a register is. MissingContactError: a chain with a
        recipient that cannot be reached. PermanentError: the request is too large to store.
        """
        if request.idempotency_id is not None and _needs_lookup(request):
            known = await self.find(creator, request)
            if known is not None:
                return known
        chain, digest = self._identify(creator, request)
        follow(chain.of_shipment(1))
        try:
            async with asyncio.timeout(GIVE_UP.total_seconds()):
                planned, lookup = await self._prepared(creator, request, chain, digest)
        except TimeoutError:
            raise UnavailableError(_TOO_SLOW) from None
        # a process that stood still must not commit what others hold for given up
        waited = self.times.real_now().timestamp() - planned[0].entry.written_at
        if waited > GIVE_UP.total_seconds():
            raise UnavailableError(_TOO_SLOW)
        news, entries = [plan.new for plan in planned], [plan.entry for plan in planned]
        agenda_first = _agenda_goes_first(request, news)
        beside = self.senders_references.inserts(news[:MOST_WITH_INDEX])
        if not agenda_first:
            beside += map(agenda_insert, entries)
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                etags = await self.orders.insert(news, beside)
        except TimeoutError:
            raise UnavailableError("storage did not say in time whether the order is stored") from None
        except ConflictError:
            known = await self._known(creator, request, chain, digest)
            if known is None:
                raise UnavailableError("the order could be neither stored nor found") from None
            if agenda_first:
                await self.agenda.remove([entry.key for entry in entries])
            return known
        ACCEPTED.put(len(planned))
        self.hops.passed("accepted")
        await self.handing_over.start(self._start(planned, etags))
        return replace(receipt_of(chain, planned[0].new.references, created=True), lookup=lookup)

    async def _prepared(
        self, creator: str, request: ChainRequest, chain: ItemId, digest: str | None
    ) -> tuple[Sequence[_Planned], RecipientLookup | None]:
        """Look up recipients and write all that goes before the orders themselves; errors as of a call."""
        request = self.look_up.with_stale_contacts(creator, request)
        async with self.look_up.place(request):
            lookup = await self._look_up(request)
            planned = await computed(request, lambda: self._plans(creator, chain, request, digest))
            await self._store_before(request, planned)
        return planned, lookup

    def _plans(
        self, creator: str, chain: ItemId, request: ChainRequest, digest: str | None
    ) -> Sequence[_Planned]:
        now = self.times.now()
        orders = [
            replace(order, dialog_id=request.dialog_id, transmission_id=request.transmission_id)
            for order in (request.main, *request.reminders)
        ]
        main, *reminders = (
            self._plan(creator, chain.of_shipment(index), order, now, digest)
            for index, order in enumerate(orders, 1)
        )
        references = tuple(order.senders_reference for order in orders)
        content = self.ids.content(request.content)
        return [replace(main, new=replace(main.new, references=references, content=content)), *reminders]

    async def _store_before(self, request: ChainRequest, planned: Sequence[_Planned]) -> None:
        news = [plan.new for plan in planned]
        if _agenda_goes_first(request, news):
            await self.agenda.add([plan.entry for plan in planned])
        if indexed := self.senders_references.inserts(news[MOST_WITH_INDEX:]):
            await self.senders_references.add(news[0].item, indexed)
        await self.by_recipient.add(news)
        await self.orders.insert_pages(news)

    async def find(self, creator: str, request: ChainRequest) -> Receipt | None:
        """Return the receipt of an earlier request with the same idempotency id; None when there is none."""
        if request.idempotency_id is None:
            return None
        return await self._known(creator, request, *self._identify(creator, request))

    async def _known(
        self, creator: str, request: ChainRequest, chain: ItemId, digest: str | None
    ) -> Receipt | None:
        stored = await self.orders.load_receipt(chain)
        if stored is None or not stored.answers(creator, digest):
            return None
        return repeated_receipt(chain, stored, self.ids.content(request.content))

    async def _look_up(self, request: ChainRequest) -> RecipientLookup | None:
        """Look up who can be reached: version 1 gets a summary, a chain must reach every recipient."""
        is_chain = request.idempotency_id is not None
        contacts, *_ = await self.look_up(request, must_reach_all=is_chain)
        if is_chain:
            return None
        main = request.main
        return await computed(request, lambda: summary(main.recipients, main.channel_schema, contacts))

    def _identify(self, creator: str, request: ChainRequest) -> tuple[ItemId, str | None]:
        if request.idempotency_id is None:
            return self.ids.random_chain(), None
        return self.ids.chain(request.main.type, creator, request.idempotency_id)

    def _plan(
        self, creator: str, item: ItemId, order: OrderRequest, now: datetime, digest: str | None
    ) -> _Planned:
        deadline = closes_at(order, self.times.window)
        key = self.agenda.key_for(order, item, now, under_way=False)
        pages, contacted = _pages(item, order, key, now)
        if pages:
            order = replace(order, recipients=())
        state = ShipmentState(OrderStatus.REGISTERED, now, key, pages=len(pages))
        state = state.noting(Event(EventKind.ACCEPTED, now))
        decision = self.times.decide(order, state, item, now)
        visit_at, looks_after = next_visit(decision, now + FIRST_VISITS[0])
        under_way = decision.hands_over and looks_after
        key = self.agenda.key_for(order, item, visit_at, under_way=under_way)
        state = replace(decision.state, agenda=key)
        new = NewShipment(item, creator, now, order, state, digest=digest, pages=pages, contacted=contacted)
        written_at = self.times.real_now().timestamp()
        entry = AgendaEntry(key, item, int(under_way), deadline, written_at, creator)
        return _Planned(new, entry, replace(decision, state=state))

    async def _start(self, planned: Sequence[_Planned], etags: Sequence[str]) -> None:
        for plan, etag in zip(planned, etags, strict=True):
            if plan.decision.held_until is not None:
                HELD.put()
            if plan.decision.forward:
                stored = plan.new.stored(etag)
                started = await self.work_queues.forward(stored, plan.decision.forward, plan.entry.key)
            elif plan.decision.hands_over:
                started = await self.work_queues.wake(Wake(plan.entry))
            else:
                continue  # its agenda row wakes it
            if not started:
                await self._start_soon(plan.entry)

    async def _start_soon(self, entry: AgendaEntry) -> None:
        try:
            await self.agenda.move(entry, entry.moved(self.times.now(), visits=0))
        except TransientError as error:  # the order is stored: whoever is refused it now would place it again
            _log.info("an order waits for the first visit of its agenda row: %s", error)


def _agenda_goes_first(request: ChainRequest, news: Sequence[NewShipment]) -> bool:
    """Whether agenda rows are written before the orders, and not with them.

    Those of large orders find the pages of one that is never committed. An order whose repeats are not
    recognised is written only when storage has just answered: nobody knows of a write whose answer never came
    whether it will be carried out. Very many reminders leave no room beside the orders.
    """
    is_large = len(news) > MOST_WITH_AGENDA or any(new.pages for new in news)
    return is_large or request.idempotency_id is None


def _needs_lookup(request: ChainRequest) -> bool:
    return any(is_unresolved(order) for order in (request.main, *request.reminders))


def pages_of(order: OrderRequest) -> Iterator[OrderRequest]:
    """Yield the order of each page: the same for some of the recipients, in their order."""
    for recipients in parted(order.recipients, RECIPIENTS_PER_PAGE):
        yield replace(order, recipients=tuple(recipients))


def _pages(
    item: ItemId, order: OrderRequest, key: AgendaKey, now: datetime
) -> tuple[tuple[NewPage, ...], frozenset[bytes] | None]:
    """Return the pages of an order too large for one row; those that need no lookup have notifications.

    Second, the fingerprints of those notifications, if there are pages that need them.
    """
    parts = list(pages_of(order))
    if len(parts) <= 1:
        return (), None
    pages = []
    contacted: set[bytes] = set()
    for number, page in enumerate(parts, 1):
        if is_unresolved(page):
            state = ShipmentState(OrderStatus.REGISTERED, now, key)
        else:
            state = ShipmentState(OrderStatus.PROCESSED, now, key, expand(page, now, contacted=contacted))
        pages.append(NewPage(item.of_page(number), page.recipients, state))
    return tuple(pages), frozenset(contacted) if is_unresolved(order) else None


def receipt_of(chain: ItemId, references: Sequence[str | None], *, created: bool) -> Receipt:
    """Return the receipt of a chain whose shipments have these references, main order first."""
    shipments = tuple(
        (str(chain.of_shipment(index)), reference) for index, reference in enumerate(references, 1)
    )
    return Receipt(str(chain), shipments, created)


def repeated_receipt(chain: ItemId, stored: StoredReceipt, content: str | None) -> Receipt:
    """Return the first receipt of an idempotency id, for a request that perhaps has another content."""
    receipt = receipt_of(chain, stored.references, created=False)
    return replace(receipt, conflict=stored.differs(content))
