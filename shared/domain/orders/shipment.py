"""Where an order stands, and what is due next: `decide` is pure and may run again and again.

A shipment's state changes only by conditional writes of a whole new `ShipmentState`. `decide` names the state
to store first and the effects that may follow; who carries them out is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.orders.condition import (
    ConditionAnswer,
    ConditionPolicy,
    ConditionRecord,
    ask_at,
    with_answer,
)
from shared.domain.orders.expansion import NOBODY, expand, is_unresolved
from shared.domain.orders.notification import EmailResult, Notification, Outcome, SmsResult
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    OrderRequest,
    OrderStatus,
    OrderType,
    SendingTimePolicy,
)
from shared.domain.recipients.contact_points import ContactPoints
from shared.domain.sending.send_window import SendWindow

EMAIL_LIFETIME = timedelta(hours=48)
EXPIRY_GRACE = timedelta(minutes=5)  # a report on its way at expiry may still arrive
LONGEST_LIFE = EMAIL_LIFETIME + EXPIRY_GRACE  # then there is nothing to wait for any more
CANCEL_MARGIN = timedelta(minutes=5)
REPORT_PATIENCE = timedelta(minutes=5)  # an e-mail without report after this is asked for once
LOOKUP_RETRIES = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 360, 1080, 3600))
FIRST_VISITS = tuple(timedelta(minutes=m) for m in (2, 6, 18, 54, 162))
LAST_VISIT_STEP = timedelta(hours=6)
LATE_COPY = timedelta(minutes=2)  # a scheduled message that comes later than this was probably lost


@dataclass(frozen=True, slots=True)
class AgendaKey:
    """Where the row is that says when to look at a shipment again."""

    shard: str
    row_key: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to call a provider for one channel of one row, until a real-time instant.

    `first_sent_at` is what the e-mail provider recognises a repeat by; `calls` counts, by slot, the calls
    that may have been carried out although nobody knows their answer, the one ahead included.
    """

    token: str
    attempt: int
    until: datetime
    first_sent_at: datetime
    calls: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShipmentState:
    """The mutable part of an order.

    `held_until` is the instant, spread over the time after the opening, at which SMS held by the window are
    released. `forwarded_at` is the real time of the first hand-over to a send queue. `waits` says by channel
    until which business time its work is known to wait as a scheduled message. `condition` is set once the
    sender was asked, `look_up_at` while the registers, which failed `lookups_failed` times in a row, wait to
    be asked again. `names` are those the texts ask for, by index of the recipient. A large order has `pages`
    rows for its notifications, each with a state of its own, and completes when the last of them is done.
    """

    status: OrderStatus
    changed_at: datetime
    agenda: AgendaKey
    notifications: tuple[Notification, ...] = ()
    claims: Mapping[Channel, Claim] = field(default_factory=dict)
    held_until: datetime | None = None
    forwarded_at: datetime | None = None
    waits: Mapping[Channel, datetime] = field(default_factory=dict)
    condition: ConditionRecord | None = None
    lookups_failed: int = 0
    look_up_at: datetime | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    pages: int = 0
    pages_done: int = 0

    @property
    def pending(self) -> tuple[Notification, ...]:
        """The notifications that still await a result."""
        return tuple(n for n in self.notifications if n.is_pending)

    def unsent(self, channel: Channel) -> tuple[Notification, ...]:
        """Return the notifications of a channel that no provider is known to have."""
        return tuple(n for n in self.notifications if n.is_unsent and n.channel is channel)

    def with_outcomes(self, outcomes: Mapping[int, Outcome], now: datetime) -> "ShipmentState":
        """Return the state with this news by slot; the last awaited result completes a processed order."""
        notifications = tuple(
            n.combined_with(outcomes[n.slot]) if n.slot in outcomes else n for n in self.notifications
        )
        state = self if notifications == self.notifications else replace(self, notifications=notifications)
        return state.completed_if_settled(now)

    def with_claim(self, channel: Channel, claim: Claim | None) -> "ShipmentState":
        """Return the state with a channel claimed, or released when `claim` is None."""
        others = {key: value for key, value in self.claims.items() if key is not channel}
        return replace(self, claims=others if claim is None else {**others, channel: claim})

    def with_wait(self, channel: Channel, until: datetime) -> "ShipmentState":
        """Return the state that knows of a copy of a channel's work, scheduled for this business time."""
        return replace(self, waits={**self.waits, channel: until})

    def missed_at(self, channel: Channel) -> datetime | None:
        """Return when the copy of a channel's work should have come and gone; None when none is known."""
        until = self.waits.get(channel)
        return None if until is None else until + LATE_COPY

    def with_page_done(self, now: datetime) -> "ShipmentState":
        """Return the state of a large order after one more of its pages is done."""
        return replace(self, pages_done=self.pages_done + 1).completed_if_settled(now)

    def completed_if_settled(self, now: datetime) -> "ShipmentState":
        """Return the completed state when nothing is awaited any more, else the same state."""
        if self.status is OrderStatus.PROCESSED and not self.pending and self.pages_done >= self.pages:
            return replace(
                self, status=OrderStatus.COMPLETED, changed_at=now, claims={}, held_until=None, waits={}
            )
        return self


@dataclass(frozen=True, slots=True)
class Decision:
    """What is due: the state to store first (the same one when nothing changes), then the effects.

    `visit_at` is when to look again if that is known; None leaves it to the agenda's own ladder, but no
    earlier than `visit_from` and no later than `visit_by`. `looks_after` means that by then something should
    have come through the queues: where they lag, the visit may wait for them.
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

    @property
    def hands_over(self) -> bool:
        """Whether something of the shipment goes through a queue now."""
        return bool(self.forward) or self.ask_condition or self.look_up or self.wake_pages


def expires_at(order: OrderRequest, channel: Channel, window: SendWindow) -> datetime:
    """Return when a notification of this order has lost its worth and is no longer sent."""
    if channel is Channel.EMAIL:
        return order.requested_send_at + EMAIL_LIFETIME
    if order.time_to_live_seconds is not None:
        return order.requested_send_at + timedelta(seconds=order.time_to_live_seconds)
    return window.expires_at(order.requested_send_at, order.sending_time_policy)


def closes_at(order: OrderRequest, window: SendWindow) -> datetime:
    """Return the instant at which the order is closed whatever is still missing."""
    return (
        max(expires_at(order, channel, window) for channel in Channel if uses(order, channel)) + EXPIRY_GRACE
    )


def uses(order: OrderRequest, channel: Channel) -> bool:
    """Whether the order may send on this channel at all."""
    other = ChannelSchema.SMS if channel is Channel.EMAIL else ChannelSchema.EMAIL
    return order.channel_schema is not other


def obeys_window(order: OrderRequest) -> bool:
    """Whether the SMS of this order leave only while the window is open."""
    return order.type is not OrderType.INSTANT and order.sending_time_policy is not SendingTimePolicy.ANYTIME


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


def decide(
    order: OrderRequest, state: ShipmentState, *, now: datetime, window: SendWindow, release_delay: timedelta
) -> Decision:
    """Say what is due for a shipment at this instant.

    `release_delay` spreads SMS that the window held over the time after its opening.
    """
    if state.status.is_final:
        return Decision(state)
    if state.status in (OrderStatus.REGISTERED, OrderStatus.PROCESSING):
        if now < order.requested_send_at:
            return Decision(state, visit_at=order.requested_send_at)
        if now < (deadline := closes_at(order, window)):
            if (asks := _ask_at(order, state, now)) is not None:
                return _decide_condition(state, asks, now, deadline)
            if is_unresolved(order):
                return _decide_lookup(state, now, deadline)
        state = process(order, state, now)
    if state.pages:
        return _decide_pages(order, state, now=now, window=window, release_delay=release_delay)
    if now >= closes_at(order, window):
        return Decision(_expired(state, now))
    state = state.completed_if_settled(now)
    if state.status.is_final:
        return Decision(state)
    return _decide_sending(order, state, now=now, window=window, release_delay=release_delay)


def cancelled(state: ShipmentState, now: datetime) -> ShipmentState:
    """Return the state of an order that its owner stopped before it began."""
    return replace(state, status=OrderStatus.CANCELLED, changed_at=now)


def condition_answered(
    state: ShipmentState, answer: ConditionAnswer, now: datetime, policy: ConditionPolicy
) -> ShipmentState:
    """Return the state after asking the sender once: unchanged but for the record, or closed unsent."""
    record = with_answer(state.condition, answer, now, policy)
    if not record.outcome.stops:
        return replace(state, condition=record)
    return replace(
        state,
        status=OrderStatus.SEND_CONDITION_NOT_MET,
        changed_at=now,
        notifications=(),
        held_until=None,
        condition=record,
    )


def process(
    order: OrderRequest,
    state: ShipmentState,
    now: datetime,
    contacts: Mapping[int, ContactPoints] = NOBODY,
    names: Mapping[int, str] | None = None,
    *,
    contacted: set[bytes] | None = None,
) -> ShipmentState:
    """Return the state in which the order's notifications exist and can no longer be cancelled.

    `contacts` and `names` are what the registers said, by index of the recipient; `contacted` as for
    `expand`.
    """
    return replace(
        state,
        status=OrderStatus.PROCESSED,
        changed_at=now,
        notifications=() if state.pages else expand(order, now, contacts, contacted),
        names=names or {},
        lookups_failed=0,
        look_up_at=None,
    )


def lookup_failed(state: ShipmentState, now: datetime) -> ShipmentState:
    """Return the state of an order whose recipients could not be looked up now."""
    pause = LOOKUP_RETRIES[min(state.lookups_failed, len(LOOKUP_RETRIES) - 1)]
    return replace(
        state,
        status=OrderStatus.PROCESSING,
        changed_at=now,
        lookups_failed=state.lookups_failed + 1,
        look_up_at=now + pause,
    )


def _decide_pages(
    order: OrderRequest, state: ShipmentState, *, now: datetime, window: SendWindow, release_delay: timedelta
) -> Decision:
    """Every page decides for itself; pages of SMS alone need not be asked before the window opens."""
    waits = obeys_window(order) and uses(order, Channel.SMS) and not window.is_open(now)
    visit_at = min(window.next_opening(now) + release_delay, closes_at(order, window)) if waits else None
    if visit_at is not None and visit_at <= now:
        visit_at = None
    only_waits = visit_at is not None and not uses(order, Channel.EMAIL)
    deadline = closes_at(order, window)
    if now < deadline and not only_waits and (asks := _ask_at(order, state, now)) is not None:
        return _decide_condition(state, asks, now, deadline)
    if only_waits:
        return Decision(state, visit_at=visit_at)
    return Decision(state, wake_pages=True, visit_by=visit_at)


def _ask_at(order: OrderRequest, state: ShipmentState, now: datetime) -> datetime | None:
    """Return when the sender must be asked before anything is forwarded; None when it need not be."""
    if order.condition_endpoint is None or state.forwarded_at is not None:
        return None
    return ask_at(state.condition, now)


def _decide_condition(state: ShipmentState, asks: datetime, now: datetime, deadline: datetime) -> Decision:
    if now < asks:
        return Decision(state, visit_at=min(asks, deadline))
    return Decision(state, ask_condition=True)


def _decide_lookup(state: ShipmentState, now: datetime, deadline: datetime) -> Decision:
    if state.look_up_at is not None and now < state.look_up_at:
        return Decision(state, visit_at=min(state.look_up_at, deadline))
    return Decision(state, look_up=True)


def _expired(state: ShipmentState, now: datetime) -> ShipmentState:
    outcomes = {
        n.slot: Outcome(EmailResult.FAILED_TTL if n.channel is Channel.EMAIL else SmsResult.FAILED_TTL, now)
        for n in state.pending
    }
    return state.with_outcomes(outcomes, now)


def _decide_sending(
    order: OrderRequest, state: ShipmentState, *, now: datetime, window: SendWindow, release_delay: timedelta
) -> Decision:
    forward: set[Channel] = set()
    times = [closes_at(order, window)]  # when something becomes due by itself
    copies: list[datetime] = []  # when work that waits as a copy should have come
    for channel in Channel:
        if not state.unsent(channel) or now >= expires_at(order, channel, window):
            continue
        if (missed_at := state.missed_at(channel)) is not None and now < missed_at:
            copies.append(missed_at)
            continue
        if channel is Channel.SMS:
            state = _held(order, state, now=now, window=window, release_delay=release_delay)
            if state.held_until is not None and now < state.held_until:
                times.append(state.held_until)
                continue
            if not forward and (asks := _ask_at(order, state, now)) is not None:
                return _decide_condition(state, asks, now, closes_at(order, window))
        forward.add(channel)
    sent = [n for n in state.notifications if n.result is EmailResult.SENDING]
    overdue = tuple(n for n in sent if now >= n.at + REPORT_PATIENCE)
    due_at = min(times)
    if forward or overdue:
        # e-mails that take their time must not make held SMS late
        return Decision(state, frozenset(forward), ask_provider=overdue, visit_by=due_at)
    if copies:
        return Decision(state, visit_from=min(copies), visit_by=due_at, looks_after=True)
    reports_at = min((n.at + REPORT_PATIENCE for n in sent), default=due_at)
    return Decision(state, visit_at=min(due_at, reports_at), looks_after=reports_at < due_at)


def _held(
    order: OrderRequest, state: ShipmentState, *, now: datetime, window: SendWindow, release_delay: timedelta
) -> ShipmentState:
    """Return the state with the release instant of held SMS: kept once set, renewed when it was missed."""
    if not obeys_window(order) or window.is_open(now):
        waiting = state.held_until is not None and now < state.held_until
        return state if waiting else replace(state, held_until=None)
    if state.held_until is not None and now < state.held_until:
        return state
    return replace(state, held_until=window.next_opening(now) + release_delay)
