"""What is forgotten of an order and of its state, and what stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.orders.notification import Notification, SmsResult
from shared.domain.orders.order import (
    Attachment,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.orders.retention import is_emptied, without_addresses, without_content
from shared.domain.orders.shipment import AgendaKey, Claim, ShipmentState
from shared.domain.trace.events import Event, EventKind

AT = datetime(2031, 3, 3, tzinfo=UTC)
FILE = Attachment("hemmelig.pdf", "application/pdf", "https://hemmelig.example.no")
ORDER = OrderRequest(
    OrderType.NOTIFICATION,
    AT,
    ChannelSchema.EMAIL_AND_SMS,
    (
        Recipient("hemmelig@example.no", fields={"a": "hemmelig"}),
        Recipient(national_identity_number="hemmelig"),
    ),
    senders_reference="sak-1",
    condition_endpoint="https://hemmelig.example.no",
    email=EmailTemplate("post@example.no", "hemmelig", "hemmelig", attachments=(FILE,)),
    sms=SmsTemplate("Altinn", "hemmelig"),
)
STATE = ShipmentState(
    OrderStatus.COMPLETED,
    AT,
    AgendaKey("00", "k"),
    (Notification(1, 0, Channel.SMS, "hemmelig", SmsResult.DELIVERED, AT, "r-1"),),
    claims={Channel.SMS: Claim("t", 1, AT + timedelta(minutes=1), AT)},
    names={0: "hemmelig"},
)


def test_nothing_that_people_wrote_or_are_found_by_stays():
    empty = without_content(ORDER)
    assert "hemmelig" not in repr(empty)
    assert empty.recipients == (Recipient(), Recipient())
    assert empty.condition_endpoint is None
    assert empty.email.attachments == ()
    assert "hemmelig" not in repr(without_addresses(STATE))


def test_times_kind_senders_and_the_number_of_recipients_stay():
    empty = without_content(ORDER)
    assert (empty.type, empty.requested_send_at, empty.senders_reference) == (ORDER.type, AT, "sak-1")
    assert (empty.email.from_address, empty.sms.sender) == ("post@example.no", "Altinn")
    assert len(empty.recipients) == 2
    assert without_content(replace(ORDER, sms=None)).sms is None


def test_results_stay():
    (kept,) = without_addresses(STATE).notifications
    assert (kept.result, kept.at, kept.reference) == (SmsResult.DELIVERED, AT, "r-1")


def test_what_was_emptied_is_known_as_such():
    empty = without_content(ORDER), without_addresses(STATE)
    assert is_emptied(empty[0].recipients, empty[1])
    assert not is_emptied(ORDER.recipients, empty[1])
    assert not is_emptied(empty[0].recipients, STATE)


def test_events_stay():
    state = STATE.noting(Event(EventKind.CLOSED, AT))
    assert without_addresses(state).events == state.events
