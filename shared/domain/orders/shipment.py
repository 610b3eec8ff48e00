"""The state of a shipment, or of one page of it. A shipment is the main order of a chain or a reminder.

Its state changes only by conditional writes of a whole new `ShipmentState`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.orders.condition import ConditionAnswer, ConditionPolicy, ConditionRecord, with_answer
from shared.domain.orders.expansion import NOBODY, expand
from shared.domain.orders.notification import Notification, Outcome
from shared.domain.orders.order import Channel, OrderRequest, OrderStatus
from shared.domain.recipients.contact_points import ContactPoints
from shared.domain.trace.events import Event, EventKind, Events, outcome_events
from shared.domain.trace.lookup_events import lookup_events

CANCEL_MARGIN = timedelta(minutes=5)
LOOKUP_RETRIES = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 360, 1080, 3600))
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
    that may have been carried out although their answer is unknown, the one ahead included.
    """

    token: str
    attempt: int
    until: datetime
    first_sent_at: datetime
    calls: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShipmentState:
    """The mutable part of a shipment.

    `forwarded_at` is the real time of the first hand-over to a send queue. `waits` holds by channel the
    business time until which its work waits as a scheduled message. `condition` is set once the sender was
    asked. `look_up_at` is set while the registers, which failed `lookups_failed` times in a row, wait to be
    asked again. `names` are those that the texts need, by index of the recipient. A large shipment has
    `pages` rows for its notifications, each with a state of its own, and completes when the last of them is
    done. `events` tell what happened. They are not compared, because no row is written for their sake alone.
    """

    status: OrderStatus
    changed_at: datetime
    agenda: AgendaKey
    notifications: tuple[Notification, ...] = ()
    claims: Mapping[Channel, Claim] = field(default_factory=dict)
    forwarded_at: datetime | None = None
    waits: Mapping[Channel, datetime] = field(default_factory=dict)
    condition: ConditionRecord | None = None
    lookups_failed: int = 0
    look_up_at: datetime | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    pages: int = 0
    pages_done: int = 0
    events: Events = field(default_factory=Events, compare=False)

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
        if notifications == self.notifications:
            return self.completed_if_settled(now)
        changes = [
            (before, after, outcomes[before.slot])
            for before, after in zip(self.notifications, notifications, strict=True)
            if before.slot in outcomes
        ]
        state = replace(self, notifications=notifications).noting(*outcome_events(changes))
        return state.completed_if_settled(now)

    def noting(self, *events: Event) -> "ShipmentState":
        """Return the state with these events, which alone are no reason to write its row."""
        return replace(self, events=self.events.then(*events)) if events else self

    def with_claim(self, channel: Channel, claim: Claim | None) -> "ShipmentState":
        """Return the state with a channel claimed, or without a claim on it when `claim` is None."""
        others = {key: value for key, value in self.claims.items() if key is not channel}
        return replace(self, claims=others if claim is None else {**others, channel: claim})

    def with_wait(self, channel: Channel, until: datetime) -> "ShipmentState":
        """Return the state with the business time at which a scheduled copy of a channel's work comes."""
        return replace(self, waits={**self.waits, channel: until})

    def missed_at(self, channel: Channel) -> datetime | None:
        """Return when the copy of a channel's work should have come and gone; None when none is known."""
        until = self.waits.get(channel)
        return None if until is None else until + LATE_COPY

    def with_page_done(self, now: datetime) -> "ShipmentState":
        """Return the state of a large order after one more of its pages is done."""
        state = replace(self, pages_done=self.pages_done + 1).noting(Event(EventKind.PAGE_DONE, now))
        return state.completed_if_settled(now)

    def completed_if_settled(self, now: datetime) -> "ShipmentState":
        """Return the completed state when nothing is awaited any more, else the same state."""
        if self.status is OrderStatus.PROCESSED and not self.pending and self.pages_done >= self.pages:
            closed = replace(self, status=OrderStatus.COMPLETED, changed_at=now, claims={}, waits={})
            return closed.noting(Event(EventKind.CLOSED, now))
        return self


def cancelled(state: ShipmentState, now: datetime) -> ShipmentState:
    """Return the state of an order that its owner stopped before it began."""
    closed = replace(state, status=OrderStatus.CANCELLED, changed_at=now)
    return closed.noting(Event(EventKind.CANCELLED, now))


def condition_answered(
    state: ShipmentState, answer: ConditionAnswer, now: datetime, policy: ConditionPolicy
) -> ShipmentState:
    """Return the state after asking the sender once: unchanged but for the record, or closed unsent."""
    record = with_answer(state.condition, answer, now, policy)
    event = Event(EventKind.CONDITION_ANSWERED, now, until=record.again_at, detail=record.outcome)
    answered = replace(state, condition=record).noting(event)
    if not record.outcome.stops:
        return answered
    closed = replace(answered, status=OrderStatus.SEND_CONDITION_NOT_MET, changed_at=now, notifications=())
    return closed.noting(Event(EventKind.CLOSED, now))


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
    processed = replace(
        state,
        status=OrderStatus.PROCESSED,
        changed_at=now,
        notifications=() if state.pages else expand(order, now, contacts, contacted),
        names=names or {},
        lookups_failed=0,
        look_up_at=None,
    )
    return processed.noting(*lookup_events(order, contacts, now))


def lookup_failed(state: ShipmentState, now: datetime) -> ShipmentState:
    """Return the state of an order whose recipients could not be looked up now."""
    look_up_at = now + LOOKUP_RETRIES[min(state.lookups_failed, len(LOOKUP_RETRIES) - 1)]
    failed = replace(
        state,
        status=OrderStatus.PROCESSING,
        changed_at=now,
        lookups_failed=state.lookups_failed + 1,
        look_up_at=look_up_at,
    )
    return failed.noting(Event(EventKind.LOOKUP_FAILED, now, until=look_up_at))
