"""The events of a shipment as they are told: with what its row does not say, and one list for all pages."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.orders.notification import Outcome
from shared.domain.orders.order import Channel, OrderStatus
from shared.domain.orders.shipment import ShipmentState
from shared.domain.trace.events import Event, EventKind, Events

_ENDS = (EventKind.REPORTED, EventKind.EXPIRED, EventKind.PAGE_DONE, EventKind.CLOSED)  # in this order


def told(state: ShipmentState, accepted_at: datetime, noted: tuple[Channel, Outcome] | None = None) -> Events:
    """Return the events of a shipment's row in the order of time.

    `noted` is an acceptance that stands beside the row. A row written before there were events has what its
    state tells: when it was accepted, the results, and its end.
    """
    events = state.events if state.events.kept else _from_state(state)
    first = events.first
    if not first or first[0].kind is not EventKind.ACCEPTED:
        first = (*Events().then(Event(EventKind.ACCEPTED, accepted_at)).kept, *first)
    events = replace(events, first=first)
    if noted is not None and events.latest(EventKind.ANSWERED, noted[0]) is None:
        channel, outcome = noted
        reports = [e.at for e in events.kept if e.kind is EventKind.REPORTED and e.channel is channel]
        at = min([outcome.at, *reports])  # a report may be recorded before the answer is noted
        answered = Event(EventKind.ANSWERED, at, channel, detail=outcome.result)
        events = _with(events, Events().then(answered).kept)
    return _with(events, ())


def of_pages(own: Events, pages: Iterable[ShipmentState]) -> Events:
    """Return the events of a large shipment with those of its pages, equal ones of all pages as one."""
    summed: dict[tuple[object, ...], Event] = {}
    omitted = Counter(own.omitted)
    for state in pages:
        omitted += Counter(state.events.omitted)
        for event in state.events.kept:
            if event.kind is EventKind.CLOSED:  # of a page: the shipment counts the pages that are done
                continue
            key = (event.kind, event.channel, event.detail)
            known = summed.get(key)
            summed[key] = event if known is None else _sum(known, event)
    return _with(replace(own, omitted=dict(omitted)), tuple(summed.values()))


def _with(events: Events, others: Sequence[Event]) -> Events:
    """Return the events with others among them, by time; where some are omitted, the others come after."""
    if not events.omitted:
        return Events(_by_time((*events.kept, *others)))
    return Events(_by_time(events.first), events.omitted, _by_time((*events.last, *others)))


def _by_time(events: Sequence[Event]) -> tuple[Event, ...]:
    # what ends the way of a message comes after all else in the same second
    ranks = {kind: rank for rank, kind in enumerate(_ENDS, 1)}
    return tuple(sorted(events, key=lambda event: (event.at, ranks.get(event.kind, 0))))


def _sum(one: Event, other: Event) -> Event:
    at, last_at = min(one.at, other.at), max(one.ended_at, other.ended_at)
    untils = [until for until in (one.until, other.until) if until is not None]
    return replace(
        one,
        at=at,
        last_at=None if last_at == at else last_at,
        until=max(untils, default=None),
        count=one.count + other.count,
        reserved=one.reserved + other.reserved,
        missing=one.missing + other.missing,
        addresses=one.addresses + other.addresses,
    )


def _from_state(state: ShipmentState) -> Events:
    known = [n for n in state.notifications if not n.is_unsent]
    results = [Event(EventKind.REPORTED, n.at, n.channel, detail=n.result) for n in known]
    ended = EventKind.CANCELLED if state.status is OrderStatus.CANCELLED else EventKind.CLOSED
    ends = [Event(ended, state.changed_at)] if state.status.is_final else []
    return Events().then(*_by_time(results), *ends)
