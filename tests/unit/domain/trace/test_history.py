"""The events as they are told: with what is noted beside the row, of old rows, and of all pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.orders.notification import EmailResult, Notification, Outcome, SmsResult
from shared.domain.orders.order import Channel, OrderStatus
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.trace.events import FIRST, Event, EventKind, Events
from shared.domain.trace.history import of_pages, told

AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
EMAIL = Notification(1, 0, Channel.EMAIL, "kari@example.no", EmailResult.DELIVERED, LATER, "op")
STATE = ShipmentState(OrderStatus.COMPLETED, LATER, AgendaKey("00", "k"), (EMAIL,))
NOTED = (Channel.EMAIL, Outcome(EmailResult.SENDING, AT + timedelta(minutes=1, microseconds=7), "op"))


def kinds(events: Events) -> list[EventKind]:
    return [event.kind for event in events.kept]


def test_an_acceptance_beside_the_row_stands_where_it_belongs() -> None:
    state = STATE.noting(
        Event(EventKind.ACCEPTED, AT),
        Event(EventKind.FORWARDED, AT, Channel.EMAIL),
        Event(EventKind.REPORTED, LATER, Channel.EMAIL, detail=EmailResult.DELIVERED),
        Event(EventKind.CLOSED, LATER),
    )
    events = told(state, AT, NOTED)
    assert kinds(events) == [
        EventKind.ACCEPTED, EventKind.FORWARDED, EventKind.ANSWERED, EventKind.REPORTED, EventKind.CLOSED,
    ]  # fmt: skip
    assert events.kept[2].at == AT + timedelta(minutes=1)


def test_an_acceptance_that_was_noted_after_its_report_comes_before_it() -> None:
    report = Event(EventKind.REPORTED, AT, Channel.EMAIL, detail=EmailResult.DELIVERED)
    state = STATE.noting(Event(EventKind.ACCEPTED, AT), report, Event(EventKind.CLOSED, AT))
    assert kinds(told(state, AT, NOTED)) == [
        EventKind.ACCEPTED, EventKind.ANSWERED, EventKind.REPORTED, EventKind.CLOSED,
    ]  # fmt: skip


def test_an_acceptance_that_the_row_has_is_told_once() -> None:
    state = STATE.noting(
        Event(EventKind.ACCEPTED, AT),
        Event(EventKind.ANSWERED, LATER, Channel.EMAIL, detail=EmailResult.SENDING),
    )
    assert kinds(told(state, AT, NOTED)) == [EventKind.ACCEPTED, EventKind.ANSWERED]


def test_a_row_without_events_tells_its_results_and_its_end() -> None:
    assert kinds(told(STATE, AT)) == [EventKind.ACCEPTED, EventKind.REPORTED, EventKind.CLOSED]
    cancelled = replace(STATE, status=OrderStatus.CANCELLED, notifications=())
    assert kinds(told(cancelled, AT)) == [EventKind.ACCEPTED, EventKind.CANCELLED]
    waiting = replace(STATE, status=OrderStatus.REGISTERED, notifications=())
    assert kinds(told(waiting, AT)) == [EventKind.ACCEPTED]


def test_a_row_that_has_events_since_lately_still_begins_with_its_acceptance() -> None:
    state = STATE.noting(Event(EventKind.CLOSED, LATER))
    events = told(state, AT + timedelta(microseconds=9))
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.CLOSED]
    assert events.kept[0].at == AT


def test_events_of_pages_are_summed() -> None:
    pages = [
        STATE.noting(
            Event(EventKind.ATTEMPT, AT + n * timedelta(minutes=1), Channel.SMS, count=100),
            Event(EventKind.REPORTED, LATER, Channel.SMS, detail=SmsResult.DELIVERED, count=90),
        )
        for n in range(3)
    ]
    own = Events().then(
        Event(EventKind.ACCEPTED, AT), Event(EventKind.FORWARDED, AT, count=3), Event(EventKind.CLOSED, LATER)
    )
    events = of_pages(own, pages)
    assert [(event.kind, event.count) for event in events.kept] == [
        (EventKind.ACCEPTED, 1),
        (EventKind.FORWARDED, 3),
        (EventKind.ATTEMPT, 300),
        (EventKind.REPORTED, 270),
        (EventKind.CLOSED, 1),
    ]
    assert events.kept[2].last_at == AT + timedelta(minutes=2)


def test_what_pages_omit_is_counted_behind_the_first_events() -> None:
    many = [Event(EventKind.ATTEMPT, AT + n * timedelta(minutes=1), Channel.SMS) for n in range(40)]
    page = STATE.noting(*many)
    events = of_pages(Events().then(Event(EventKind.ACCEPTED, AT)), [page, page])
    assert kinds(Events(events.first)) == [EventKind.ACCEPTED]
    assert events.omitted == {EventKind.ATTEMPT: 2 * page.events.omitted[EventKind.ATTEMPT]}
    (attempts,) = events.last
    assert attempts.count == 2 * len(page.events.kept)
    assert len(page.events.first) == FIRST
