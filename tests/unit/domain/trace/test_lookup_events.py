"""What is told of a lookup: which register, and counts."""

from datetime import UTC, datetime

from shared.domain.orders.order import ChannelSchema, OrderRequest, OrderType, Recipient
from shared.domain.recipients.contact_points import ContactPoints
from shared.domain.trace.events import Event, EventKind, Register
from shared.domain.trace.lookup_events import lookup_events

AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def order(*recipients: Recipient) -> OrderRequest:
    return OrderRequest(OrderType.NOTIFICATION, AT, ChannelSchema.EMAIL_AND_SMS, recipients)


def test_each_register_has_an_event() -> None:
    persons = [Recipient(national_identity_number=f"0123456789{n}") for n in range(3)]
    others = [Recipient(organization_number="987654321"), Recipient(external_identity="urn:x")]
    contacts = {
        0: ContactPoints(emails=("a@example.com",), mobiles=("+4799999999",)),
        1: ContactPoints(reserved=True),
        2: ContactPoints(),
        3: ContactPoints(emails=("a@example.com", "b@example.com")),
        4: ContactPoints(mobiles=("+4799999999",)),
    }
    assert lookup_events(order(*persons, *others), contacts, AT) == [
        Event(EventKind.LOOKED_UP, AT, detail=Register.PERSONS, count=3, reserved=1, missing=1, addresses=2),
        Event(EventKind.LOOKED_UP, AT, detail=Register.ORGANIZATIONS, addresses=2),
        Event(EventKind.LOOKED_UP, AT, detail=Register.EXTERNAL_IDENTITIES, addresses=1),
    ]


def test_without_lookup_there_is_nothing_to_tell() -> None:
    assert lookup_events(order(Recipient(email_address="a@example.com")), {}, AT) == []
