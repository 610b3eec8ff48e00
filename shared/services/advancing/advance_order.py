"""Does what is due next for a shipment. Safe at any time, any number of times, also side by side."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.orders.decision import Decision, next_visit, page_wake_at, visit_after
from shared.domain.orders.instant_order import InstantStage, in_doubt, stage_of
from shared.domain.orders.order import OrderType
from shared.domain.orders.shipment import ShipmentState, lookup_failed, process
from shared.domain.trace.events import Event, EventKind
from shared.records import queues
from shared.records.agenda_entry import AgendaEntry
from shared.records.messages import Wake
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import ConflictError, TransientError
from shared.services.advancing.backlog import ENQUEUE_TIME, Backlog
from shared.services.handling.work_queues import COPY_SECONDS, WorkQueues
from shared.services.placing.place_order import GIVE_UP
from shared.services.placing.resolve_recipients import Resolution, ResolveRecipients
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.sending.ask_about_emails import AskAboutEmails
from shared.services.times import Times
from shared.storage.agenda import Agenda
from shared.storage.orders import OrderTable
from shared.storage.recipient_index import RecipientIndex

ORPHAN_AGE = 10 * GIVE_UP  # no placement can still commit an order whose agenda row is this old
_ROUNDS = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceOrder:
    """Handles one wake."""

    orders: OrderTable
    by_recipient: RecipientIndex
    agenda: Agenda
    work_queues: WorkQueues
    record: RecordOutcomes
    ask_about_emails: AskAboutEmails
    backlog: Backlog
    resolve: ResolveRecipients
    times: Times

    async def __call__(self, wake: Wake) -> None:
        """Look at the shipment: store its new state first, then do what follows from it."""
        entry = wake.entry
        for _ in range(_ROUNDS):
            stored = await self.orders.load(entry.item.of_page(wake.page) if wake.page else entry.item)
            if stored is None:
                await self._forget_orphan(entry)
                return
            try:
                if wake.page:
                    await self._advance_page(stored, entry)
                else:
                    await self._advance(stored, entry)
            except ConflictError:
                continue  # another process changed it: decide again on the row as it is now
            return
        _log.warning("shipment %s stayed contended; the agenda looks again", entry.item)

    async def _advance(self, stored: StoredShipment, entry: AgendaEntry) -> None:
        if stored.state.status.is_final:
            await self._publish_again(stored, entry)
            return
        if stored.order.type is OrderType.INSTANT:
            accepted = await self._accepted_instant(stored, entry)
            if accepted is None:
                return
            stored = accepted
        decision = self._decide(stored)
        if decision.look_up:
            decision = self._decide(self._looked_up(stored, await self._found(stored)))
        stored, entry = await self._keep(stored, decision, entry)
        if stored.state.status.is_final:
            await self.work_queues.publish(stored, entry.key)
            return
        if decision.ask_condition:
            await self.work_queues.ask(Wake(entry))
            return
        if decision.wake_pages:
            await self._wake_pages(stored, entry)
        await self._carry_out(stored, decision, entry)

    async def _wake_pages(self, stored: StoredShipment, entry: AgendaEntry) -> None:
        now, window = self.times.now(), self.times.window
        await self.work_queues.wake_all(
            [
                (Wake(entry, page.page), page_wake_at(stored.order, page, now=now, window=window))
                for page in await self.orders.open_pages(stored)
            ]
        )

    async def _publish_again(self, stored: StoredShipment, entry: AgendaEntry) -> None:
        """Tell the feed of a shipment that has ended, unless the news of that may still be on its way."""
        if await self.backlog.may_hold(queues.STATUS_FEED, stored.state.changed_at):
            return
        _log.info("shipment %s was closed but still on the agenda", stored.item)
        await self.work_queues.publish(stored, entry.key)

    async def _accepted_instant(self, stored: StoredShipment, entry: AgendaEntry) -> StoredShipment | None:
        """Return an instant order that its provider may have; None if it has not, or may not have."""
        match stage_of(stored.order, stored.state, self.times.real_now()):
            case InstantStage.ACCEPTED:
                return stored
            case InstantStage.ABANDONED:
                doubtful = in_doubt(stored.order, stored.state, self.times.now())
                return (await self.orders.save(stored, doubtful)).stored
            case InstantStage.RUNNING:
                return None  # it is known at the next visit
            case InstantStage.WITHDRAWN:
                await self._forget_orphan(entry)
                return None

    async def _advance_page(self, stored: StoredShipment, entry: AgendaEntry) -> None:
        """Look at one page of a large order; the row of the order says when to look again."""
        if stored.state.status.is_final:
            return
        decision = self._decide(stored)
        if decision.look_up:
            if not stored.state.lookups_failed:  # written before the first lookup, for support
                await self.by_recipient.add_page(stored)
            found = await self._found(stored)

            def expanding(contacted: set[bytes]) -> ShipmentState:
                nonlocal decision
                decision = self._decide(self._looked_up(stored, found, contacted))
                return decision.state

            saved = await self.orders.save_contacted(stored, expanding)
        elif decision.state != stored.state:
            saved = await self.orders.save(stored, decision.state)
        else:
            await self._carry_out(stored, decision, entry)
            return
        if saved.closed is not None:
            await self.work_queues.publish(saved.closed)
        if decision.state.look_up_at is not None:
            await self.work_queues.wake_at(Wake(entry, stored.item.page), decision.state.look_up_at)
        await self._carry_out(saved.stored, decision, entry)

    async def _carry_out(self, stored: StoredShipment, decision: Decision, entry: AgendaEntry) -> None:
        page, held_until = stored.item.page, decision.held_until
        if page and held_until is not None and self.times.window.is_open(self.times.now()):
            # before the opening this is not needed: then the order wakes its pages
            await self.work_queues.wake_at(Wake(entry, page), held_until)
        if decision.forward:
            # no caller waits here and the next visit is minutes away, so there is time for a new connection
            await self.work_queues.forward(stored, decision.forward, entry.key, deadline=COPY_SECONDS)
        if decision.ask_provider:
            outcomes = await self.ask_about_emails(stored, decision.ask_provider)
            await self.record(stored, outcomes)

    def _decide(self, stored: StoredShipment) -> Decision:
        order = stored.order
        if stored.item.page:  # the order asks its condition once, for all pages
            order = replace(order, condition_endpoint=None)
        return self.times.decide(order, stored.state, stored.item, self.times.now())

    async def _keep(
        self, stored: StoredShipment, decision: Decision, entry: AgendaEntry
    ) -> tuple[StoredShipment, AgendaEntry]:
        """Store the decided state with the next key of the agenda row, then move the row there."""
        if decision.state.status.is_final:
            moved, looks_after = entry, True
        else:
            visit_at, looks_after = next_visit(decision, self._ladder_at(decision, entry))
            visits = max(1, entry.visits) if looks_after else 0
            moved = entry.moved(visit_at, visits=visits, asks=decision.ask_condition)
        state = replace(decision.state, agenda=moved.key)
        if decision.ask_condition:
            state = state.noting(Event(EventKind.CONDITION_ASKED, self.times.now()))
        if state != stored.state:
            stored = (await self.orders.save(stored, state)).stored
        if not await self.agenda.move(entry, moved) and not looks_after:
            # this wake overtook the move of its row, which will be due minutes later
            await self.work_queues.wake_at(Wake(entry), moved.due_at)
        return stored, moved

    def _ladder_at(self, decision: Decision, entry: AgendaEntry) -> datetime:
        """Return when the row is due; if this wake is late, when it must be due for work enqueued now."""
        now = self.times.now()
        if not decision.hands_over or entry.due_at >= now + ENQUEUE_TIME:
            return entry.due_at
        return visit_after(0, now, entry.deadline)

    async def _found(self, stored: StoredShipment) -> Resolution | None:
        """Return addresses and names from the registers; None when a register cannot be asked now."""
        try:
            return await self.resolve(stored.order, self.times.now())
        except TransientError as error:
            failures = stored.state.lookups_failed + 1
            _log.warning("lookup %d of the recipients of %s failed: %s", failures, stored.item, error)
            return None

    def _looked_up(
        self, stored: StoredShipment, found: Resolution | None, contacted: set[bytes] | None = None
    ) -> StoredShipment:
        """Return the order or page with its notifications; without `found` it is looked up later."""
        now = self.times.now()
        if found is None:
            return replace(stored, state=lookup_failed(stored.state, now))
        state = process(stored.order, stored.state, now, found.contacts, found.names, contacted=contacted)
        return replace(stored, state=state)

    async def _forget_orphan(self, entry: AgendaEntry) -> None:
        age = timedelta(seconds=self.times.real_now().timestamp() - entry.written_at)
        if age > ORPHAN_AGE:
            _log.info("order %s was never committed; its pages and its agenda row are removed", entry.item)
            await self.orders.remove_pages(entry.item)
            await self.agenda.remove([entry.key])
