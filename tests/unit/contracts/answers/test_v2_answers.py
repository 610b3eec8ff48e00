from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.answers.v2_answers import (
    cancelled_shipment,
    chain_cancellation,
    chain_receipt,
    feed_entry,
    log_entries,
    shipment,
)
from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.ids import ItemId
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import AgendaKey, ShipmentState

AT = datetime(2031, 5, 2, 7, 3, 10, 550000, tzinfo=UTC)
SMS = Notification(1, 0, Channel.SMS, "+4790000001", SmsResult.DELIVERED, AT)
EMAIL = Notification(2, 0, Channel.EMAIL, "kari@example.no", EmailResult.FAILED_SUPPRESSED_RECIPIENT, AT)
ITEM = ItemId("d2b0b1d75a244a0e9d1f0a9b", 1)


def order(order_type, reference=None):
    return OrderRequest(order_type, AT, ChannelSchema.EMAIL_AND_SMS, (), senders_reference=reference)


def state(status):
    return ShipmentState(status, AT, AgendaKey("0", "0"))


def test_a_receipt_without_and_with_reminders():
    assert chain_receipt("c-1", [("s-1", None)]) == {
        "notificationOrderId": "c-1",
        "notification": {"shipmentId": "s-1"},
    }
    assert chain_receipt("c-1", [("s-1", "sak-99"), ("s-2", "purring"), ("s-3", None)]) == {
        "notificationOrderId": "c-1",
        "notification": {
            "shipmentId": "s-1",
            "sendersReference": "sak-99",
            "reminders": [{"shipmentId": "s-2", "sendersReference": "purring"}, {"shipmentId": "s-3"}],
        },
    }


def test_a_cancellation_says_of_each_shipment_whether_it_is_cancelled():
    main = cancelled_shipment("s-1", order(OrderType.NOTIFICATION, "sak-99"), state(OrderStatus.COMPLETED))
    reminder = cancelled_shipment("s-2", order(OrderType.REMINDER), state(OrderStatus.CANCELLED))
    assert chain_cancellation("c-1", [main, reminder]) == {
        "notificationOrderId": "c-1",
        "shipments": [
            {
                "shipmentId": "s-1",
                "sendersReference": "sak-99",
                "type": "Notification",
                "status": "Order_Completed",
                "cancelled": False,
            },
            {"shipmentId": "s-2", "type": "Reminder", "status": "Order_Cancelled", "cancelled": True},
        ],
    }


def test_a_shipment_lists_emails_first():
    built = shipment(
        "s-1", order(OrderType.REMINDER, "sak-99"), state(OrderStatus.PROCESSED), AT, [SMS, EMAIL]
    )
    assert built == {
        "shipmentId": "s-1",
        "sendersReference": "sak-99",
        "type": "Reminder",
        "status": "Order_Processed",
        "lastUpdate": "2031-05-02T07:03:10.55Z",
        "recipients": [
            {
                "type": "Email",
                "destination": "kari@example.no",
                "status": "Email_Failed_SuppressedRecipient",
                "lastUpdate": "2031-05-02T07:03:10.55Z",
            },
            {
                "type": "SMS",
                "destination": "+4790000001",
                "status": "SMS_Delivered",
                "lastUpdate": "2031-05-02T07:03:10.55Z",
            },
        ],
    }
    assert [*built["recipients"][0]] == ["type", "destination", "status", "lastUpdate"]


def test_a_shipment_says_how_long_its_sms_is_held():
    held = Notification(1, 0, Channel.SMS, "+4790000001", SmsResult.NEW, AT - timedelta(hours=1))
    built = shipment(
        "s-1", order(OrderType.REMINDER), state(OrderStatus.PROCESSED), AT, [held, EMAIL],
        held_until=AT + timedelta(hours=9),
    )  # fmt: skip
    email, sms = built["recipients"]
    assert "heldSince" not in email
    assert "heldUntil" not in email
    assert sms["heldSince"] == "2031-05-02T07:03:10.55Z"  # its order asks for no earlier
    assert sms["heldUntil"] == "2031-05-02T16:03:10.55Z"


def test_a_shipment_says_what_its_condition_endpoint_answered():
    record = ConditionRecord(ConditionOutcome.PENDING, "status 503", 1, AT)
    asked = replace(state(OrderStatus.PROCESSING), condition=record)
    built = shipment("s-1", order(OrderType.NOTIFICATION), asked, AT, [])
    assert built["sendCondition"] == {
        "outcome": "Pending",
        "reason": "status 503",
        "attempts": 1,
        "lastAsked": "2031-05-02T07:03:10.55Z",
    }


@pytest.mark.parametrize("reference", [None, " "])
def test_a_shipment_without_reference_or_notifications(reference):
    built = shipment("s-1", order(OrderType.NOTIFICATION, reference), state(OrderStatus.REGISTERED), AT, [])
    assert "sendersReference" not in built
    assert built["recipients"] == []


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1)])
def test_a_shipment_is_as_new_as_its_creation(later):
    built = shipment("s-1", order(OrderType.NOTIFICATION), state(OrderStatus.REGISTERED), AT + later, [])
    assert built["lastUpdate"] == ("2031-05-02T07:03:11.55Z" if later else "2031-05-02T07:03:10.55Z")


def test_an_entry_of_the_feed_and_its_recipients_have_a_type():
    closed = ClosedShipment("s-1", OrderType.COMPOSED, OrderStatus.COMPLETED, AT, None, (SMS,))
    assert feed_entry(48213, closed) == {
        "sequenceNumber": 48213,
        "shipmentId": "s-1",
        "type": "Composed",
        "shipmentType": "Composed",
        "status": "Order_Completed",
        "lastUpdate": "2031-05-02T07:03:10.55Z",
        "recipients": [
            {
                "type": "SMS",
                "destination": "+4790000001",
                "status": "SMS_Delivered",
                "lastUpdate": "2031-05-02T07:03:10.55Z",
            }
        ],
    }


def test_the_log_names_results_without_their_channel():
    expired = Notification(3, 0, Channel.EMAIL, "", EmailResult.FAILED_TTL, AT)
    row = ClosedShipment(
        str(ITEM), OrderType.INSTANT, OrderStatus.COMPLETED, AT, None, (expired,), dialog_id="d-1"
    )
    assert log_entries([("ttd", row)]) == [
        {
            "notificationId": str(ITEM.of_notification(3)),
            "creatorName": "ttd",
            "dialogId": "d-1",
            "transmissionId": None,
            "type": "Instant",
            "channel": "Email",
            "destination": "",
            "status": "Failed_TTL",
            "requestedSendTime": "2031-05-02T07:03:10.55Z",
            "lastUpdateTime": "2031-05-02T07:03:10.55Z",
        }
    ]


def test_the_log_is_in_the_order_of_send_times_and_ids():
    def row(shipment_index, requested_send_at):
        return ClosedShipment(
            str(ITEM.of_shipment(shipment_index)),
            OrderType.NOTIFICATION,
            OrderStatus.COMPLETED,
            AT,
            None,
            (EMAIL, SMS),
            requested_send_at=requested_send_at,
        )

    rows = [("ttd", row(3, AT + timedelta(hours=1))), ("nav", row(2, AT)), ("ttd", row(1, AT))]
    entries = log_entries(rows)
    assert [entry["notificationId"] for entry in entries] == [
        str(ITEM.of_shipment(index).of_notification(slot)) for index in (1, 2, 3) for slot in (1, 2)
    ]
    assert [entry["creatorName"] for entry in entries] == ["ttd", "ttd", "nav", "nav", "ttd", "ttd"]
