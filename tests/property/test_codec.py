"""What is written to rows and messages is read back as it was."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import (
    Attachment,
    Channel,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.orders.shipment import AgendaKey, Claim, ShipmentState
from shared.records import codec

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
maybe = st.none() | words
instants = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
fields = st.none() | st.dictionaries(words, words, min_size=1, max_size=3)
recipients = st.builds(Recipient, maybe, maybe, maybe, maybe, maybe, fields)
attachments = st.builds(Attachment, words, words, words)
emails = st.builds(
    EmailTemplate, words, words, words, attachments=st.lists(attachments, max_size=2).map(tuple)
)
orders = st.builds(
    OrderRequest,
    type=st.sampled_from(OrderType),
    requested_send_at=instants,
    recipients=st.lists(recipients, max_size=4).map(tuple),
    senders_reference=maybe,
    condition_endpoint=maybe,
    email=st.none() | emails,
    sms=st.none() | st.builds(SmsTemplate, words, words),
    resource_id=maybe,
    resource_action=maybe,
    ignore_reservation=st.none() | st.booleans(),
    time_to_live_seconds=st.none() | st.integers(60, 172800),
)
email_notifications = st.builds(
    Notification,
    st.integers(1, 200),
    st.integers(0, 99),
    st.just(Channel.EMAIL),
    words,
    st.sampled_from(EmailResult),
    instants,
    maybe,
)
sms_notifications = st.builds(
    Notification,
    st.integers(1, 200),
    st.integers(0, 99),
    st.just(Channel.SMS),
    words,
    st.sampled_from(SmsResult),
    instants,
    maybe,
)
notifications = st.lists(email_notifications | sms_notifications, max_size=5).map(tuple)
conditions = st.builds(
    ConditionRecord,
    st.sampled_from(ConditionOutcome),
    words,
    st.integers(1, 10),
    instants,
    st.none() | instants,
)
calls = st.dictionaries(st.integers(1, 200), st.integers(1, 2), max_size=3)
states = st.builds(
    ShipmentState,
    changed_at=instants,
    agenda=st.builds(AgendaKey, words, words),
    notifications=notifications,
    claims=st.dictionaries(
        st.sampled_from(Channel),
        st.builds(Claim, words, st.integers(1, 9), instants, instants, calls),
    ),
    forwarded_at=st.none() | instants,
    waits=st.dictionaries(st.sampled_from(Channel), instants),
    condition=st.none() | conditions,
    names=st.dictionaries(st.integers(0, 99), words, max_size=3),
    pages=st.just(3),
    pages_done=st.integers(0, 3),
)


@given(states, st.integers(1, 9), instants)
def test_a_state_waiting_for_the_registers_survives(state: ShipmentState, failed: int, at: datetime) -> None:
    waiting = replace(state, lookups_failed=failed, look_up_at=at)
    assert codec.STATE.load(codec.unpack(codec.pack(codec.STATE.dump(waiting)))) == waiting


@given(orders)
def test_an_order_survives(order: OrderRequest) -> None:
    assert codec.ORDER.load(codec.unpack(codec.pack(codec.ORDER.dump(order)))) == order


@given(st.lists(recipients, max_size=4).map(tuple))
def test_the_recipients_of_a_page_survive(to: tuple[Recipient, ...]) -> None:
    written = codec.recipients_to_json(to)
    assert codec.recipients_from_json(codec.unpack(codec.pack(written))) == to
    assert all(
        ("fields" in member) == bool(one.fields) for one, member in zip(to, written["to"], strict=True)
    )


@given(states)
def test_a_state_survives(state: ShipmentState) -> None:
    assert codec.STATE.load(codec.unpack(codec.pack(codec.STATE.dump(state)))) == state


@given(
    st.builds(ClosedShipment, words, closed_at=instants, senders_reference=maybe, notifications=notifications)
)
def test_an_ended_shipment_survives(closed: ClosedShipment) -> None:
    assert codec.CLOSED.load(codec.CLOSED.dump(closed)) == closed


def test_long_values_are_compressed() -> None:
    value = {"body": "hei " * 5000}
    assert len(codec.pack(value)) < 500
    assert codec.unpack(codec.pack(value)) == value
