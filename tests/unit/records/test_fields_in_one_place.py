"""Values of fields are in the row of their recipient, and in no message and no copy of the row."""

from dataclasses import replace

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import (
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState, process
from shared.records import codec
from shared.records.messages import SendWork, dump_send_work, load_send_work
from shared.records.shipment_rows import StoredShipment, copy_columns, weight_of
from tests.support.pipeline.world import start_of_day

NOW = start_of_day()
SECRET = "hemmelig"
ITEM = IdMaker(b"0" * 32).random_chain().of_shipment(1)
TO = Recipient(email_address="kari@example.no", fields={"code": SECRET})
ORDER = OrderRequest(
    OrderType.NOTIFICATION,
    NOW,
    ChannelSchema.EMAIL,
    (TO,),
    email=EmailTemplate("from@example.no", "hei", "{{code}}"),
)
STATE = process(ORDER, ShipmentState(OrderStatus.REGISTERED, NOW, AgendaKey("0a", "k")), NOW)
WITH = StoredShipment(ITEM, "ttd", NOW, ORDER, STATE, 'W/"1"')
WITHOUT = replace(WITH, order=replace(ORDER, recipients=(replace(TO, fields=None),)))


@pytest.mark.parametrize(("stored", "is_copied"), [(WITH, False), (WITHOUT, True)])
def test_an_order_with_fields_goes_by_reference(stored, is_copied):
    body = dump_send_work(SendWork(ITEM, 1, stored))
    assert SECRET.encode() not in body
    assert load_send_work(body).stored == (stored if is_copied else None)
    assert bool(copy_columns(stored)) == is_copied


def test_a_row_has_no_bytes_for_fields_that_are_not_there():
    written = codec.ORDER.dump(WITHOUT.order)
    assert written["to"] == [{"email": "kari@example.no"}]
    assert codec.ORDER.load(written) == WITHOUT.order
    assert codec.ORDER.dump(ORDER)["to"] == [{"email": "kari@example.no", "fields": {"code": SECRET}}]


def test_fields_count_in_what_a_row_takes_in_memory():
    long = replace(WITH, order=replace(ORDER, recipients=(replace(TO, fields={"code": "x" * 1000}),)))
    assert weight_of(long) == weight_of(WITHOUT) + 1000
