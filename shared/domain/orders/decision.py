"""What is due next for a shipment: `decide` is pure and may run again and again.

It names the state to store first and the effects that may follow; use cases carry them out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.orders.condition import ask_at
from shared.domain.orders.expansion import is_unresolved
from shared.domain.orders.ids import ItemId
from shared.domain.orders.lifetime import closes_at, expires_at, may_leave_at, obeys_window, uses
from shared.domain.orders.notification import EmailResult, Notification, Outcome, results_of
from shared.domain.orders.order import Channel, OrderRequest, OrderStatus
from shared.domain.orders.shipment import ShipmentState, process
from shared.domain.sending.send_window import SendWindow
from shared.domain.trace.events import Event, EventKind

REPORT_PATIENCE = timedelta(minutes=5)  # an e-mail without report after this is asked for once
FIRST_VISITS = tuple(timedelta(minutes=m) for m in (2, 6, 18, 54, 162))
LAST_VISIT_STEP = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is due: the state to store first (the same one when nothing changes), then the effects.

    `visit_at` is when to look again if that is known; None leaves it to the agenda's own ladder, but no
    earlier than `visit_from` and no later than `visit_by`. `looks_after` means that by then something should
    have come through the queues: where they lag, the visit may wait for them. `held_until` is when SMS leave
    that wait for the window now, or for their place after its opening.
    """

    state: ShipmentState
    forward: frozenset[Channel] = frozenset()
    ask_condition: bool = False
    look_up: bool = False
    ask_provider: tuple[Notification, ...] = ()
    wake_pages: bool = False
    visit_at: datetime | None = None
    visit_from: datetime | None = None
    visit_by: datetime | None = None
    looks_after: bool = False
    held_until: datetime | None = None

    @property
    def hands_over(self) -> bool:
        """Whether something of the shipment goes through a queue now."""
        return bool(self.forward) or self.ask_condition or self.look_up or self.wake_pages

    def events(self, now: datetime) -> list[Event]:
        """Return what follows from the decision, for the trace."""
        forwarded = [Event(EventKind.FORWARDED, now, channel) for channel in sorted(self.forward)]
        if self.wake_pages:
            forwarded.append(Event(EventKind.FORWARDED, now, count=self.state.pages))
        if self.held_until is None:
            return forwarded
        return [*forwarded, Event(EventKind.HELD, now, Channel.SMS, self.held_until)]


def visit_after(visits: int, now: datetime, deadline: datetime) -> datetime:
    """Return when a shipment is looked at that was handed over `visits` times before: in 2, 6 … minutes.

    Never past the deadline while that lies ahead, so that a shipment is closed when it is due to be.
    After the deadline the steps begin anew and double: what still cannot be closed must not alert every two
    minutes.
    """
    if now >= deadline:
        return now + min(max(FIRST_VISITS[0], now - deadline), LAST_VISIT_STEP)
    step = FIRST_VISITS[visits] if visits < len(FIRST_VISITS) else LAST_VISIT_STEP
    return min(now + step, max(deadline, now + FIRST_VISITS[0]))


def next_visit(decision: Decision, ladder_at: datetime) -> tuple[datetime, bool]:
    """Return when to look again, and whether that is to look after what is on its way through the queues.

    `ladder_at` is where the agenda's own ladder puts the visit.
    """
    if decision.visit_at is not None:
        return decision.visit_at, decision.looks_after
    at = ladder_at if decision.visit_from is None else max(ladder_at, decision.visit_from)
    if decision.visit_by is not None and decision.visit_by <= at:
        return decision.visit_by, False
    return at, True


def page_wake_at(order: OrderRequest, page: ItemId, *, now: datetime, window: SendWindow) -> datetime | None:
    """Return when to wake a page that waits for its place after the opening; None when it is due now.

    A page with e-mails is due now: it does not wait with them.
    """
    leaves_at = min(may_leave_at(order, page, window, now), closes_at(order, window))
    return None if uses(order, Channel.EMAIL) or leaves_at <= now else leaves_at


def decide(
    order: OrderRequest, state: ShipmentState, row: ItemId, *, now: datetime, window: SendWindow
) -> Decision:
    """Return what is due at this instant for a shipment, or for a page of one, whose id is `row`."""
    if state.status.is_final:
        return Decision(state)
    deadline = closes_at(order, window)
    if state.status in (OrderStatus.REGISTERED, OrderStatus.PROCESSING):
        if now < order.requested_send_at:
            return Decision(state, visit_at=order.requested_send_at)
        if now < deadline:
            if (asks := _ask_at(order, state, now)) is not None:
                return _decide_at(asks, Decision(state, ask_condition=True), now, deadline)
            if is_unresolved(order):
                return _decide_at(state.look_up_at, Decision(state, look_up=True), now, deadline)
        state = process(order, state, now)
    if state.pages:
        return _decide_pages(order, state, now, deadline, window)
    if now >= deadline:
        return Decision(_expired(state, now))
    state = state.completed_if_settled(now)
    if state.status.is_final:
        return Decision(state)
    leaves_at = may_leave_at(order, row, window, now)
    return _decide_sending(order, state, now, deadline, window=window, leaves_at=leaves_at)


def _decide_pages(
    order: OrderRequest, state: ShipmentState, now: datetime, deadline: datetime, window: SendWindow
) -> Decision:
    """Wake the pages, each of which decides for itself; pages of SMS alone not before the window opens.

    After the opening each page is woken at its place, so the next look at all of them is after the last.
    """
    visit_at = visit_from = None
    if obeys_window(order) and uses(order, Channel.SMS) and now < deadline:
        if window.is_open(now):
            visit_from = min(window.may_leave_at(order.requested_send_at, now, 1), deadline)
        else:
            visit_at = min(window.next_opening(now), deadline)
    only_waits = visit_at is not None and not uses(order, Channel.EMAIL)
    if now < deadline and not only_waits and (asks := _ask_at(order, state, now)) is not None:
        return _decide_at(asks, Decision(state, ask_condition=True), now, deadline)
    if only_waits:
        return Decision(state, visit_at=visit_at, held_until=visit_at)
    return Decision(state, wake_pages=True, visit_from=visit_from, visit_by=visit_at)


def _ask_at(order: OrderRequest, state: ShipmentState, now: datetime) -> datetime | None:
    """Return when the sender must be asked before anything is forwarded; None when it need not be."""
    if order.condition_endpoint is None or state.forwarded_at is not None:
        return None
    return ask_at(state.condition, now)


def _decide_at(at: datetime | None, due: Decision, now: datetime, deadline: datetime) -> Decision:
    """Return what is due at an instant, or at once without one; before that, a visit then."""
    return due if at is None or now >= at else Decision(due.state, visit_at=min(at, deadline))


def _expired(state: ShipmentState, now: datetime) -> ShipmentState:
    outcomes = {n.slot: Outcome(results_of(n.channel).FAILED_TTL, now) for n in state.pending}
    return state.with_outcomes(outcomes, now)


def _decide_sending(
    order: OrderRequest,
    state: ShipmentState,
    now: datetime,
    deadline: datetime,
    *,
    window: SendWindow,
    leaves_at: datetime,
) -> Decision:
    held_until = None
    forward: set[Channel] = set()
    times = [deadline]  # when something becomes due by itself
    copies: list[datetime] = []  # when work that waits as a copy should have come
    for channel in Channel:
        if not state.unsent(channel) or now >= expires_at(order, channel, window):
            continue
        if (missed_at := state.missed_at(channel)) is not None and now < missed_at:
            copies.append(missed_at)
            continue
        if channel is Channel.SMS:
            if now < leaves_at:
                held_until = leaves_at
                times.append(leaves_at)
                continue
            if not forward and (asks := _ask_at(order, state, now)) is not None:
                return _decide_at(asks, Decision(state, ask_condition=True), now, deadline)
        forward.add(channel)
    sent = [n for n in state.notifications if n.result is EmailResult.SENDING]
    overdue = tuple(n for n in sent if now >= n.at + REPORT_PATIENCE)
    due_at = min(times)
    if forward or overdue:
        # e-mails that take their time must not make held SMS late
        return Decision(
            state, frozenset(forward), ask_provider=overdue, visit_by=due_at, held_until=held_until
        )
    if copies:
        return Decision(state, visit_from=min(copies), visit_by=due_at, looks_after=True)
    reports_at = min((n.at + REPORT_PATIENCE for n in sent), default=due_at)
    looks_after = reports_at < due_at
    return Decision(state, visit_at=min(due_at, reports_at), looks_after=looks_after, held_until=held_until)
