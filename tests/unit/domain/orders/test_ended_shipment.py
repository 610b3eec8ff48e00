"""What is told of a shipment that has ended."""

from datetime import UTC, datetime

from shared.domain.orders.ended_shipment import SmsSize, closed_shipment
from shared.domain.orders.order import (
    ChannelSchema,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState, process

AT = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)


def test_an_sms_is_counted_without_the_characters_that_are_not_sent() -> None:
    order = OrderRequest(
        OrderType.NOTIFICATION,
        AT,
        ChannelSchema.SMS,
        (Recipient(mobile_number="+4790000001"),),
        sms=SmsTemplate("Altinn", "a" * 160 + "\x07"),
    )
    state = process(order, ShipmentState(OrderStatus.REGISTERED, AT, AgendaKey("00", "k")), AT)
    assert closed_shipment("id", order, state).sms_sizes == {1: SmsSize(160, 1)}


def test_an_sms_with_fields_is_counted_as_its_recipient_reads_it() -> None:
    order = OrderRequest(
        OrderType.NOTIFICATION,
        AT,
        ChannelSchema.SMS,
        tuple(Recipient(mobile_number=f"+479000000{n}", fields={"a": "x" * n * 100}) for n in (1, 2)),
        sms=SmsTemplate("Altinn", "{{a}}"),
    )
    state = process(order, ShipmentState(OrderStatus.REGISTERED, AT, AgendaKey("00", "k")), AT)
    assert closed_shipment("id", order, state).sms_sizes == {1: SmsSize(100, 1), 2: SmsSize(200, 2)}
