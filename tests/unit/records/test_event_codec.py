"""How events look in a row, and that rows written before there were any are read."""

from datetime import UTC, datetime, timedelta

from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.notification import EmailResult, SmsResult
from shared.domain.orders.order import Channel, OrderStatus
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.trace.events import Event, EventKind, Events, Register
from shared.records import codec
from shared.records.event_codec import DETAILS, KINDS, dump_events

AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def test_events_are_compact() -> None:
    events = Events().then(
        Event(EventKind.ACCEPTED, AT),
        Event(EventKind.LOOKED_UP, AT, detail=Register.PERSONS, addresses=2),
        Event(EventKind.FORWARDED, AT, Channel.SMS),
        Event(EventKind.ATTEMPT, AT + timedelta(seconds=1), Channel.SMS),
        Event(EventKind.REPORTED, AT + timedelta(seconds=9), Channel.SMS, detail=SmsResult.DELIVERED),
    )
    assert dump_events(events) == "1796029200;A0;L0a2:p;F0s;P1s;R8s:dd"


def test_every_kind_and_every_detail_has_a_code_of_its_own() -> None:
    assert set(KINDS) == set(EventKind)
    assert len(set(KINDS.values())) == len(KINDS)
    assert set(DETAILS) == {
        member.value for kind in (Register, ConditionOutcome, EmailResult, SmsResult) for member in kind
    }
    assert len(set(DETAILS.values())) == len(DETAILS)


def test_a_row_without_events_is_read() -> None:
    state = ShipmentState(OrderStatus.REGISTERED, AT, AgendaKey("00", "k"))
    written = codec.STATE.dump(state)
    assert "e" not in written
    assert codec.STATE.load(written).events == Events()


def test_a_state_keeps_its_events() -> None:
    state = ShipmentState(OrderStatus.REGISTERED, AT, AgendaKey("00", "k"))
    noted = state.noting(Event(EventKind.ACCEPTED, AT))
    assert noted == state  # no row is written for an event alone
    assert codec.STATE.load(codec.STATE.dump(noted)).events == noted.events
