"""What happened to a shipment: a short list of events that its row carries.

The list is bounded. It keeps the first and the last events in their order, and counts what lay between.
Events hold times, kinds and counts, and nothing about a recipient.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.notification import EmailResult, Notification, Outcome, Result, SmsResult
from shared.domain.orders.order import Channel

FIRST = 8
LAST = 14


class EventKind(StrEnum):
    """What happened; the value is the wire name."""

    ACCEPTED = "accepted"  # the order was stored
    LOOKED_UP = "lookedUp"  # a register answered
    LOOKUP_FAILED = "lookupFailed"  # a register could not be asked; again at `until`
    CONDITION_ASKED = "conditionAsked"  # the question to the sender was queued
    CONDITION_ANSWERED = "conditionAnswered"  # clear or not
    HELD = "held"  # SMS wait for the window, or their place after its opening, until `until`
    FORWARDED = "forwarded"  # handed to a send queue; of a large order, to its pages
    ATTEMPT = "attempt"  # a call to a provider began
    THROTTLED = "throttled"  # the provider takes no more now; again at `until`
    PUT_OFF = "putOff"  # a call did not succeed; again at `until`
    IN_DOUBT = "inDoubt"  # the answer to a call was lost
    ANSWERED = "answered"  # a provider took the messages, or refused them
    REPORTED = "reported"  # a provider reported what became of them later
    EXPIRED = "expired"  # their time was over
    PAGE_DONE = "pageDone"  # all messages of a page of a large order have a result
    CANCELLED = "cancelled"
    CLOSED = "closed"


# each is about messages or pages of their own, so events that say the same are one with a sum
_SUMMED = frozenset(
    (
        EventKind.IN_DOUBT,
        EventKind.ANSWERED,
        EventKind.REPORTED,
        EventKind.EXPIRED,
        EventKind.PAGE_DONE,
    )
)
# said again at every visit
_LASTING = frozenset((EventKind.HELD, EventKind.THROTTLED, EventKind.PUT_OFF))


class Register(StrEnum):
    """The registers that know addresses; the value is the wire name."""

    PERSONS = "persons"
    ORGANIZATIONS = "organizations"
    EXTERNAL_IDENTITIES = "externalIdentities"


type Detail = Register | ConditionOutcome | Result


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `at` and all other instants are business time in whole seconds.

    `count` is how many messages, recipients or pages it is about. `detail` is the register, the outcome of
    the condition or the result. Of a lookup, `reserved` recipients are reserved, `missing` others have no
    usable address, and all have `addresses` together. `last_at` is when the last of several equal events
    came.
    """

    kind: EventKind
    at: datetime
    channel: Channel | None = None
    until: datetime | None = None
    detail: Detail | None = None
    count: int = 1
    reserved: int = 0
    missing: int = 0
    addresses: int = 0
    last_at: datetime | None = None

    def says_what(self, other: "Event") -> bool:
        """Whether both are the same news, apart from time and count."""
        return (self.kind, self.channel, self.detail) == (other.kind, other.channel, other.detail)

    @property
    def ended_at(self) -> datetime:
        """When it happened, or the last of several."""
        return self.last_at or self.at


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a shipment, oldest first: the first, what was `omitted` by kind, and the last."""

    first: tuple[Event, ...] = ()
    omitted: Mapping[EventKind, int] = field(default_factory=dict)
    last: tuple[Event, ...] = ()

    @property
    def kept(self) -> tuple[Event, ...]:
        """The events that are kept."""
        return self.first + self.last

    def then(self, *events: Event) -> "Events":
        """Return the list with later events at its end."""
        result = self
        for event in events:
            result = result._with(_in_seconds(event))
        return result

    def latest(self, kind: EventKind, channel: Channel | None = None) -> Event | None:
        """Return the last event of a kind, on a channel if one is given."""
        found = [e for e in self.kept if e.kind is kind and (channel is None or e.channel is channel)]
        return found[-1] if found else None

    def _with(self, event: Event) -> "Events":
        tail = self.last or (() if self.omitted else self.first)
        repeated = _repeating(tail, event)
        if repeated is not None:
            first, last = (self.first, repeated) if self.last else (repeated, ())
            return Events(first, self.omitted, last)
        if len(self.first) < FIRST and not self.last:
            return Events((*self.first, event), self.omitted)
        if len(self.last) < LAST:
            return Events(self.first, self.omitted, (*self.last, event))
        dropped, *rest = self.last
        weight = dropped.count if dropped.kind in _SUMMED else 1
        omitted = Counter(self.omitted) + Counter({dropped.kind: weight})
        return Events(self.first, dict(omitted), (*rest, event))


def _repeating(tail: tuple[Event, ...], event: Event) -> tuple[Event, ...] | None:
    """Return the events with this one in an equal one at their end; None if there is none."""
    if event.kind in _LASTING:
        last = tail[-1] if tail else None
        return tail if last is not None and last.says_what(event) and last.until == event.until else None
    if event.kind not in _SUMMED:
        return None
    for index in range(len(tail) - 1, -1, -1):
        known = tail[index]
        if known.kind not in _SUMMED:
            return None
        if known.says_what(event):
            last_at = max(known.ended_at, event.ended_at)
            summed = replace(known, count=known.count + event.count, last_at=last_at)
            return (*tail[:index], summed, *tail[index + 1 :])
    return None


def _in_seconds(event: Event) -> Event:
    until, last_at = event.until, event.last_at
    return replace(
        event,
        at=event.at.replace(microsecond=0),
        until=None if until is None else until.replace(microsecond=0),
        last_at=None if last_at is None else last_at.replace(microsecond=0),
    )


def outcome_events(changes: list[tuple[Notification, Notification, Outcome]]) -> list[Event]:
    """Return the events that changed notifications: before, after, and the news that did it."""
    return [
        Event(_kind_of(before, outcome), outcome.at, after.channel, detail=after.result)
        for before, after, outcome in changes
        if after.result is not before.result
    ]


def _kind_of(before: Notification, outcome: Outcome) -> EventKind:
    """Return what kind of news an outcome is: reports carry a reference, or are about what was sent."""
    match outcome.result:
        case EmailResult.FAILED_TTL | SmsResult.FAILED_TTL:
            return EventKind.EXPIRED
        case EmailResult.SENDING | SmsResult.SENDING if outcome.reference is None:
            return EventKind.IN_DOUBT
        case EmailResult.SENDING | SmsResult.SENDING | SmsResult.ACCEPTED:
            return EventKind.ANSWERED
    is_answer = before.is_unsent and outcome.reference is None
    return EventKind.ANSWERED if is_answer else EventKind.REPORTED
