"""The events of a shipment: bounded in bytes, in order, the first and the last kept, read back as written."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.notification import Result, results_of
from shared.domain.orders.order import Channel
from shared.domain.trace.events import FIRST, LAST, Event, EventKind, Events, Register
from shared.records.event_codec import dump_events, load_events

MAX_BYTES = 1500
instants = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
counts = st.integers(1, 4096)


@st.composite
def any_event(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(EventKind))
    at = draw(instants)
    match kind:
        case EventKind.LOOKED_UP:
            reserved, missing, addresses = [draw(st.integers(0, 4096)) for _ in range(3)]
            register, count = draw(st.sampled_from(Register)), draw(counts)
            return Event(kind, at, None, None, register, count, reserved, missing, addresses)
        case EventKind.CONDITION_ANSWERED:
            until = draw(st.none() | instants)
            return Event(kind, at, until=until, detail=draw(st.sampled_from(ConditionOutcome)))
        case EventKind.ANSWERED | EventKind.REPORTED | EventKind.EXPIRED | EventKind.IN_DOUBT:
            channel = draw(st.sampled_from(Channel))
            results: list[Result] = [*results_of(channel)]
            result = draw(st.sampled_from(results))
            return Event(kind, at, channel, detail=result, count=draw(counts))
        case EventKind.HELD | EventKind.THROTTLED | EventKind.PUT_OFF:
            return Event(kind, at, draw(st.sampled_from(Channel)), draw(instants))
        case _:
            return Event(kind, at, draw(st.none() | st.sampled_from(Channel)), count=draw(counts))


lists = st.lists(any_event(), max_size=80)


@given(lists)
def test_events_are_read_back_as_they_were_written(events: list[Event]) -> None:
    kept = Events().then(*events)
    assert load_events(dump_events(kept)) == kept


@given(st.lists(any_event(), min_size=40, max_size=120))
def test_a_shipment_never_has_more_than_1500_bytes_of_events(events: list[Event]) -> None:
    written = orjson.dumps({"e": dump_events(Events().then(*events))})
    assert len(written) <= MAX_BYTES
    assert b"\\" not in written  # nothing that grows when the row is sent as JSON


@given(lists)
def test_the_first_and_the_last_event_are_kept(events: list[Event]) -> None:
    kept = Events().then(*events).kept
    assert len(kept) <= FIRST + LAST
    assert bool(kept) == bool(events)
    if events:
        assert kept[0].says_what(events[0])
        assert any(event.says_what(events[-1]) for event in kept)


@given(lists)
def test_events_keep_their_order(events: list[Event]) -> None:
    """What is kept is a part of what came, in its order, but for the sums."""
    rest = iter(events)
    for kept in Events().then(*events).kept:
        assert any(kept.says_what(event) for event in rest)


@given(lists)
def test_messages_are_neither_lost_nor_counted_twice(events: list[Event]) -> None:
    kept = Events().then(*events)
    for kind in (EventKind.REPORTED, EventKind.ANSWERED, EventKind.PAGE_DONE, EventKind.EXPIRED):
        came = sum(event.count for event in events if event.kind is kind)
        shown = sum(event.count for event in kept.kept if event.kind is kind)
        assert came == shown + kept.omitted.get(kind, 0)


@given(st.lists(st.sampled_from([EventKind.ATTEMPT, EventKind.LOOKUP_FAILED]), min_size=30, max_size=60))
def test_what_is_omitted_is_counted_by_kind(kinds: list[EventKind]) -> None:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    kept = Events().then(*(Event(kind, at) for kind in kinds))
    assert dict(kept.omitted) == dict(Counter(kinds[FIRST:-LAST]))


@given(lists, lists)
def test_events_come_one_by_one_or_together(one: list[Event], other: list[Event]) -> None:
    assert Events().then(*one).then(*other) == Events().then(*one, *other)


@given(lists, st.integers(1, 7))
def test_it_does_not_matter_how_often_a_row_is_written_and_read(events: list[Event], step: int) -> None:
    stored = Events()
    for start in range(0, len(events), step):
        stored = load_events(dump_events(stored.then(*events[start : start + step])))
    assert stored == Events().then(*events)


@given(lists, st.text(max_size=20))
def test_what_is_not_understood_is_left_out(events: list[Event], foreign: str) -> None:
    written = dump_events(Events().then(*events)) or "0"
    assert isinstance(load_events(f"{written};{foreign}"), Events)
    assert isinstance(load_events(foreign), Events)


def test_a_later_version_may_add_kinds_of_events() -> None:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    stored = load_events(dump_events(Events().then(Event(EventKind.ACCEPTED, at))) + ";Y5;Z7;*Y9Z1")
    assert [event.kind for event in stored.kept] == [EventKind.ACCEPTED, EventKind.CLOSED]
    assert stored.kept[-1].at == at + timedelta(seconds=12)
    assert stored.omitted == {EventKind.CLOSED: 1}
