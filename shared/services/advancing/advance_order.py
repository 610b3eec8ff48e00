"""Does whatever is due next for a shipment. May be called at any time, any number of times, concurrently."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.orders.condition import ConditionPolicy
from shared.domain.orders.decision import Decision, decide, next_visit, visit_after
from shared.domain.orders.instant_order import InstantStage, in_doubt, stage_of
from shared.domain.orders.order import OrderType
from shared.domain.orders.shipment import ShipmentState, condition_answered, lookup_failed, process
from shared.domain.sending.send_window import SendWindow
from shared.domain.texts.written_url import called_url
from shared.ports.conditions import ConditionEndpoint
from shared.records import queues
from shared.records.agenda_entry import AgendaEntry
from shared.records.messages import Wake
from shared.records.order_rows import StoredOrder
from shared.runtime.clock import Clock
from shared.runtime.errors import ConflictError, TransientError
from shared.services.advancing.backlog import HAND_OVER_TIME, Backlog
from shared.services.advancing.hand_over import COPY_SECONDS, HandOver
from shared.services.advancing.release_delay import ReleaseDelay
from shared.services.placing.place_order import GIVE_UP
from shared.services.placing.resolve_recipients import Resolution, ResolveRecipients
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.sending.ask_about_emails import AskAboutEmails
from shared.storage.agenda import Agenda
from shared.storage.orders import OrderTable

ORPHAN_AGE = 10 * GIVE_UP  # no placement can still commit an order whose agenda row is this old
_ROUNDS = 5
_log = logging.getLogger(__name__)


class AdvanceOrder:
    """Carries out one wake."""

    def __init__(
        self,
        *,
        orders: OrderTable,
        agenda: Agenda,
        hand_over: HandOver,
        record: RecordOutcomes,
        ask_about_emails: AskAboutEmails,
        backlog: Backlog,
        condition: ConditionEndpoint,
        conditions: ConditionPolicy,
        resolve: ResolveRecipients,
        clock: Clock,
        real_time: Clock,
        window: SendWindow,
        release_delay: ReleaseDelay,
    ) -> None:
        self._orders = orders
        self._agenda = agenda
        self._hand_over = hand_over
        self._record = record
        self._ask_about_emails = ask_about_emails
        self._backlog = backlog
        self._condition = condition
        self._conditions = conditions
        self._resolve = resolve
        self._clock = clock
        self._real_time = real_time
        self._window = window
        self._release_delay = release_delay

    async def __call__(self, wake: Wake) -> None:
        """Look at the shipment: change its state first, then carry out the effects."""
        entry = wake.entry
        for _ in range(_ROUNDS):
            stored = await self._orders.load(entry.item.of_page(wake.page) if wake.page else entry.item)
            if stored is None:
                await self._forget_orphan(entry)
                return
            try:
                if wake.page:
                    await self._advance_page(stored, entry)
                else:
                    await self._advance(stored, entry)
            except ConflictError:
                continue  # somebody else changed it: decide again on what is there now
            return
        _log.warning("shipment %s stayed contended; the agenda looks again", entry.item)

    async def _advance(self, stored: StoredOrder, entry: AgendaEntry) -> None:
        if stored.state.status.is_final:
            await self._publish_again(stored, entry)
            return
        if stored.order.type is OrderType.INSTANT:
            accepted = await self._accepted_instant(stored, entry)
            if accepted is None:
                return
            stored = accepted
        decision = self._decide(stored)
        while decision.ask_condition:
            stored = (await self._orders.save(stored, await self._asked(stored))).stored
            decision = self._decide(stored)
        if decision.look_up:
            decision = self._decide(self._looked_up(stored, await self._found(stored)))
        stored, entry = await self._keep(stored, decision, entry)
        if stored.state.status.is_final:
            await self._hand_over.publish(stored, entry.key)
            return
        if decision.wake_pages:
            pages = await self._orders.open_pages(stored)
            await self._hand_over.wake_all([Wake(entry, page.page) for page in pages])
        await self._carry_out(stored, decision, entry)

    async def _publish_again(self, stored: StoredOrder, entry: AgendaEntry) -> None:
        """Tell the feed of a shipment that has ended, unless the news of that may still be on its way."""
        if await self._backlog.may_hold(queues.STATUS_FEED, stored.state.changed_at):
            return
        _log.info("shipment %s was closed but still on the agenda", stored.item)
        await self._hand_over.publish(stored, entry.key)

    async def _accepted_instant(self, stored: StoredOrder, entry: AgendaEntry) -> StoredOrder | None:
        """Return an instant order that its provider may have; None while it has not, or is not known to."""
        match stage_of(stored.order, stored.state, self._real_time.now()):
            case InstantStage.ACCEPTED:
                return stored
            case InstantStage.ABANDONED:
                doubtful = in_doubt(stored.order, stored.state, self._clock.now())
                return (await self._orders.save(stored, doubtful)).stored
            case InstantStage.RUNNING:
                return None  # the next visit tells what became of it
            case InstantStage.WITHDRAWN:
                await self._forget_orphan(entry)
                return None

    async def _advance_page(self, stored: StoredOrder, entry: AgendaEntry) -> None:
        """Look at one page of a large order; when to look again is its order's business."""
        if stored.state.status.is_final:
            return
        decision = self._decide_page(stored)
        if decision.look_up:
            found = await self._found(stored)

            def expanding(contacted: set[bytes]) -> ShipmentState:
                nonlocal decision
                decision = self._decide_page(self._looked_up(stored, found, contacted))
                return decision.state

            saved = await self._orders.save_contacted(stored, expanding)
        elif decision.state != stored.state:
            saved = await self._orders.save(stored, decision.state)
        else:
            await self._carry_out(stored, decision, entry)
            return
        if saved.closed is not None:
            await self._hand_over.publish(saved.closed)
        if decision.state.look_up_at is not None:
            await self._hand_over.wake_at(Wake(entry, stored.item.page), decision.state.look_up_at)
        await self._carry_out(saved.stored, decision, entry)

    async def _carry_out(self, stored: StoredOrder, decision: Decision, entry: AgendaEntry) -> None:
        if decision.forward:
            # nobody waits for an answer here, and the next visit is minutes away: time for a new connection
            await self._hand_over.forward(stored, decision.forward, entry.key, deadline=COPY_SECONDS)
        if decision.ask_provider:
            outcomes = await self._ask_about_emails(stored, decision.ask_provider)
            await self._record(stored, outcomes)

    def _decide(self, stored: StoredOrder) -> Decision:
        order = stored.order
        if stored.item.page:  # its order has asked for all pages
            order = replace(order, condition_endpoint=None)
        return decide(
            order,
            stored.state,
            now=self._clock.now(),
            window=self._window,
            release_delay=self._release_delay(stored.item),
        )

    def _decide_page(self, stored: StoredOrder) -> Decision:
        """Decide, and note when a page is first forwarded."""
        decision = self._decide(stored)
        if not decision.forward or decision.state.forwarded_at is not None:
            return decision
        return replace(decision, state=replace(decision.state, forwarded_at=self._real_time.now()))

    async def _keep(
        self, stored: StoredOrder, decision: Decision, entry: AgendaEntry
    ) -> tuple[StoredOrder, AgendaEntry]:
        """Store the decided state with the place of the agenda row, then move the row to that place."""
        if decision.state.status.is_final:
            moved, looks_after = entry, True
        else:
            visit_at, looks_after = next_visit(decision, self._ladder_at(decision, entry))
            moved = entry.moved(visit_at, visits=max(1, entry.visits) if looks_after else 0)
        state = replace(decision.state, agenda=moved.key)
        if (decision.forward or decision.wake_pages) and state.forwarded_at is None:
            state = replace(state, forwarded_at=self._real_time.now())
        if state != stored.state:
            stored = (await self._orders.save(stored, state)).stored
        if not await self._agenda.move(entry, moved) and not looks_after:
            # this wake overtook its row, which is still on its way to a place of its own, minutes later
            await self._hand_over.wake_at(Wake(entry), moved.due_at)
        return stored, moved

    def _ladder_at(self, decision: Decision, entry: AgendaEntry) -> datetime:
        """Return where the row is; of a wake that comes late, where it has to be for what goes out now."""
        now = self._clock.now()
        if not decision.hands_over or entry.due_at >= now + HAND_OVER_TIME:
            return entry.due_at
        return visit_after(0, now, entry.deadline)

    async def _asked(self, stored: StoredOrder) -> ShipmentState:
        """Return the state after asking the sender once, with the answer and what it led to."""
        url = stored.order.condition_endpoint
        assert url is not None
        answer = await self._condition.ask(called_url(url))
        return condition_answered(stored.state, answer, self._clock.now(), self._conditions)

    async def _found(self, stored: StoredOrder) -> Resolution | None:
        """Return what the registers say of the recipients; None when they cannot be asked now."""
        try:
            return await self._resolve(stored.order, self._clock.now())
        except TransientError as error:
            failures = stored.state.lookups_failed + 1
            _log.warning("lookup %d of the recipients of %s failed: %s", failures, stored.item, error)
            return None

    def _looked_up(
        self, stored: StoredOrder, found: Resolution | None, contacted: set[bytes] | None = None
    ) -> StoredOrder:
        """Return the order or page with notifications, or to be looked up later."""
        now = self._clock.now()
        if found is None:
            return replace(stored, state=lookup_failed(stored.state, now))
        state = process(stored.order, stored.state, now, found.contacts, found.names, contacted=contacted)
        return replace(stored, state=state)

    async def _forget_orphan(self, entry: AgendaEntry) -> None:
        age = timedelta(seconds=self._real_time.now().timestamp() - entry.written_at)
        if age > ORPHAN_AGE:
            _log.info("no order %s was ever committed; what was written of it goes", entry.item)
            await self._orders.remove_pages(entry.item)
            await self._agenda.remove(entry.key)
