from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderStatus, OrderType, Recipient
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.recipients.identity_kind import IdentityKind
from shared.domain.sending.send_window import SendWindow
from shared.domain.trace.standing import Group, Stand
from shared.records.shipment_rows import StoredShipment
from shared.services.feeding.find_by_recipient import MAX_FOUND, FindByRecipient
from shared.services.times import Times
from tests.support.pipeline.world import VirtualClock

AT = datetime(2031, 5, 5, 12, tzinfo=UTC)
MINE, OTHER = (Recipient(national_identity_number=number) for number in ("14818710098", "02908510065"))
IDS = IdMaker(b"k" * 32)


def stored(*recipients, item=None):
    notifications = tuple(
        Notification(slot, slot - 1, Channel.EMAIL, f"p{slot}@example.no", EmailResult.DELIVERED, AT)
        for slot in range(1, len(recipients) + 1)
    )
    order = OrderRequest(OrderType.NOTIFICATION, AT, ChannelSchema.EMAIL, recipients)
    state = ShipmentState(OrderStatus.COMPLETED, AT, AgendaKey("00", "x"), notifications)
    return StoredShipment(item or IDS.random_chain().of_shipment(1), "ttd", AT, order, state, "e")


class Storage:
    """An index whose every row matches, and the orders behind it."""

    def __init__(self, *orders):
        self.orders = {order.item: order for order in orders}

    async def find(self, kind, number, *, from_at, to_at, limit):
        return list(self.orders)[:limit]

    async def load_each(self, items):
        for item in items:
            yield self.orders[item]


class Addresses:
    """The index by e-mail address, whose every row matches, too."""

    def __init__(self, storage):
        self._storage = storage

    async def find(self, address, *, from_at, to_at, limit):
        return list(self._storage.orders)[:limit]


def finder(storage):
    clock = VirtualClock(AT)
    times = Times(clock=clock, real_time=clock, window=SendWindow())
    return FindByRecipient(orders=storage, by_recipient=storage, email_index=Addresses(storage), times=times)


async def found_by_email(address, *orders):
    return await finder(Storage(*orders)).by_email(address, from_at=AT, to_at=AT + timedelta(hours=1))


async def found(*orders):
    storage = Storage(*orders)
    find = finder(storage)
    number = MINE.national_identity_number
    return await find(IdentityKind.PERSON, number, from_at=AT, to_at=AT + timedelta(hours=1))


async def test_only_what_went_to_the_recipient_is_told():
    answer = await found(stored(OTHER, MINE, OTHER))
    (shipment,) = answer.shipments
    assert [n.address for n in shipment.notifications] == ["p2@example.no"]
    assert shipment.standing.groups == (Group(EmailResult.DELIVERED, AT, Channel.EMAIL),)


def large(status=OrderStatus.COMPLETED):
    """Return an order with two pages, its own row last."""
    own = stored()
    own = replace(own, state=replace(own.state, status=status, pages=2))
    return stored(MINE, item=own.item.of_page(1)), stored(OTHER, MINE, item=own.item.of_page(2)), own


async def test_pages_of_one_order_are_one_shipment():
    answer = await found(*large())
    (shipment,) = answer.shipments
    assert [n.address for n in shipment.notifications] == ["p1@example.no", "p2@example.no"]
    assert shipment.standing.groups == (Group(EmailResult.DELIVERED, AT, Channel.EMAIL, count=2),)
    assert shipment.stored.item.is_shipment


async def test_what_was_prepared_for_an_order_that_was_stopped_is_not_told():
    (shipment,) = (await found(*large(OrderStatus.SEND_CONDITION_NOT_MET))).shipments
    assert shipment.notifications == ()
    assert shipment.standing.groups == (Group(Stand.CONDITION_NOT_MET, AT),)


async def test_rows_left_by_repeats_and_emptied_orders_are_passed_over():
    moved = stored(MINE)
    moved = replace(moved, order=replace(moved.order, requested_send_at=AT + timedelta(days=1)))
    assert (await found(stored(Recipient()), moved)).shipments == ()


async def test_w34_answer_says_when_there_is_more():
    orders = [stored(MINE) for _ in range(MAX_FOUND + 1)]
    answer = await found(*orders)
    assert (len(answer.shipments), answer.truncated) == (MAX_FOUND, True)
    assert not (await found(*orders[:MAX_FOUND])).truncated


@pytest.mark.parametrize("address", ["p2@example.no", " P2@Example.NO "])
async def test_only_emails_to_the_address_are_told(address):
    sms = Notification(3, 1, Channel.SMS, "+4790000001", SmsResult.DELIVERED, AT)
    order = stored(OTHER, MINE)
    order = replace(order, state=replace(order.state, notifications=(*order.state.notifications, sms)))
    (shipment,) = (await found_by_email(address, order)).shipments
    assert [n.address for n in shipment.notifications] == ["p2@example.no"]


async def test_emails_on_pages_of_one_order_are_one_shipment():
    first, second, own = large()
    (shipment,) = (await found_by_email("p1@example.no", first, second, own)).shipments
    assert len(shipment.notifications) == 2
    assert shipment.stored.item.is_shipment


async def test_orders_that_lost_their_addresses_are_passed_over():
    assert (await found_by_email("p9@example.no", stored(MINE))).shipments == ()
