"""What is remembered of orders is bounded in bytes, whatever their texts and addresses."""

import sys
from datetime import UTC, datetime

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import (
    Attachment,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.records.shipment_rows import NewPage, NewShipment, StoredShipment, weight_of
from shared.storage.orders import _CACHED_BYTES, OrderTable
from tests.support.pipeline import world as w
from tests.support.pipeline.ended_orders import WatchedStore

AT = datetime(2031, 5, 5, 10, tzinfo=UTC)
IDS = IdMaker(b"k" * 32)
STATE = ShipmentState(OrderStatus.PROCESSED, AT, AgendaKey("00", "x"), pages=1)
LONG = "🎉" * 512 * 1024


def order(**more):
    return OrderRequest(OrderType.NOTIFICATION, AT, ChannelSchema.EMAIL, (), **more)


async def test_pages_of_many_orders_with_long_texts_fill_no_memory():
    table = OrderTable(WatchedStore(w.VirtualClock(AT)))
    items = [IDS.random_chain().of_shipment(1) for _ in range(30)]
    for item in items:
        page = NewPage(item.of_page(1), (Recipient(email_address="a@example.no"),), STATE)
        new = NewShipment(item, "ttd", AT, order(email=EmailTemplate("", "hei", LONG)), STATE, pages=(page,))
        await table.insert_pages([new])
        await table.insert([new])
    for item in items:
        stored = await table.load(item.of_page(1))
        assert stored is not None
        assert stored.order.email.body == LONG
    assert 0 < table.remembered.weight <= _CACHED_BYTES
    assert 0 < len(table.remembered) * sys.getsizeof(LONG) <= _CACHED_BYTES


TEXT = "🎉" * 100_000


@pytest.mark.parametrize(
    "more",
    [
        {"email": EmailTemplate("from@example.no", "hei", TEXT)},
        {"email": EmailTemplate("from@example.no", TEXT, "hei")},
        {"email": EmailTemplate("", "", "", attachments=(Attachment("a", "b", TEXT),))},
        {"sms": SmsTemplate("Sender", TEXT)},
        {"senders_reference": TEXT},
        {"condition_endpoint": TEXT},
        {"resource_id": TEXT},
        {"transmission_id": TEXT},
    ],
)
def test_every_text_of_an_order_counts(more):
    item = IDS.random_chain().of_shipment(1)
    stored = StoredShipment(item, "ttd", AT, order(**more), STATE, "")
    assert sys.getsizeof(TEXT) < weight_of(stored) < 810_000
