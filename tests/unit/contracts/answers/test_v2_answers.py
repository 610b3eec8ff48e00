import json
from datetime import UTC, datetime

import pytest

from shared.contracts.answers.json_out import to_json
from shared.contracts.answers.status_names import (
    is_success,
    order_status_name,
    result_name,
    v1_order_status_name,
    v1_result_name,
)
from shared.contracts.answers.v2_answers import (
    ChainReceipt,
    FeedEntry,
    LogEntry,
    RecipientStatus,
    ShipmentReceipt,
    ShipmentView,
    chain_receipt,
    feed_entry,
    log_entry,
    shipment,
)
from shared.domain.orders.notification import EmailResult, SmsResult
from shared.domain.orders.order import Channel, OrderStatus, OrderType

AT = datetime(2031, 5, 2, 7, 3, 10, 550000, tzinfo=UTC)
SMS = RecipientStatus(Channel.SMS, "+4790000001", SmsResult.DELIVERED, AT)
EMAIL = RecipientStatus(Channel.EMAIL, "kari@example.no", EmailResult.FAILED_SUPPRESSED_RECIPIENT, AT)


def test_json_is_indented_and_letters_are_written_as_themselves():
    assert (
        to_json({"emne": "Påminnelse", "liste": []})
        == '{\n  "emne": "Påminnelse",\n  "liste": []\n}'.encode()
    )
    assert to_json([]) == b"[]"


def test_a_receipt_without_and_with_reminders():
    main = ShipmentReceipt("s-1", "sak-99")
    assert chain_receipt(ChainReceipt("c-1", ShipmentReceipt("s-1"))) == {
        "notificationOrderId": "c-1",
        "notification": {"shipmentId": "s-1"},
    }
    reminders = (ShipmentReceipt("s-2", "purring"), ShipmentReceipt("s-3"))
    assert chain_receipt(ChainReceipt("c-1", main, reminders)) == {
        "notificationOrderId": "c-1",
        "notification": {
            "shipmentId": "s-1",
            "sendersReference": "sak-99",
            "reminders": [{"shipmentId": "s-2", "sendersReference": "purring"}, {"shipmentId": "s-3"}],
        },
    }


def test_a_shipment_lists_emails_first():
    view = ShipmentView("s-1", OrderType.REMINDER, OrderStatus.PROCESSED, AT, "sak-99", (SMS, EMAIL))
    assert json.loads(to_json(shipment(view))) == {
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


@pytest.mark.parametrize("reference", [None, " "])
def test_a_shipment_without_reference_or_notifications(reference):
    view = ShipmentView("s-1", OrderType.NOTIFICATION, OrderStatus.REGISTERED, AT, reference)
    built = shipment(view)
    assert "sendersReference" not in built
    assert built["recipients"] == []


def test_recipients_of_the_feed_have_no_type():
    view = ShipmentView("s-1", OrderType.COMPOSED, OrderStatus.COMPLETED, AT, None, (SMS,))
    assert feed_entry(FeedEntry(48213, view)) == {
        "sequenceNumber": 48213,
        "shipmentId": "s-1",
        "shipmentType": "Composed",
        "status": "Order_Completed",
        "lastUpdate": "2031-05-02T07:03:10.55Z",
        "recipients": [
            {
                "destination": "+4790000001",
                "status": "SMS_Delivered",
                "lastUpdate": "2031-05-02T07:03:10.55Z",
            }
        ],
    }


def test_the_log_names_results_without_their_channel():
    entry = LogEntry("n-1", OrderType.INSTANT, Channel.EMAIL, "", EmailResult.FAILED_TTL, AT, AT, "d-1")
    assert log_entry(entry) == {
        "notificationId": "n-1",
        "dialogId": "d-1",
        "type": "Instant",
        "channel": "Email",
        "destination": "",
        "status": "Failed_TTL",
        "requestedSendTime": "2031-05-02T07:03:10.55Z",
        "lastUpdateTime": "2031-05-02T07:03:10.55Z",
    }


@pytest.mark.parametrize(
    ("channel", "result", "public", "v1", "succeeded"),
    [
        (Channel.EMAIL, EmailResult.NEW, "Email_New", "New", False),
        (Channel.EMAIL, EmailResult.SUCCEEDED, "Email_Succeeded", "Succeeded", True),
        (Channel.EMAIL, EmailResult.DELIVERED, "Email_Delivered", "Delivered", True),
        (
            Channel.EMAIL,
            EmailResult.FAILED_INVALID_EMAIL_FORMAT,
            "Email_Failed_InvalidFormat",
            "Failed_InvalidEmailFormat",
            False,
        ),
        (
            Channel.EMAIL,
            EmailResult.FAILED_SUPPRESSED_RECIPIENT,
            "Email_Failed_SuppressedRecipient",
            "Failed_SupressedRecipient",
            False,
        ),
        (Channel.EMAIL, EmailResult.FAILED_TTL, "Email_Failed_TTL", "Failed", False),
        (Channel.SMS, SmsResult.ACCEPTED, "SMS_Accepted", "Accepted", True),
        (Channel.SMS, SmsResult.DELIVERED, "SMS_Delivered", "Delivered", True),
        (Channel.SMS, SmsResult.FAILED_TTL, "SMS_Failed_TTL", "Failed", False),
        (
            Channel.SMS,
            "Failed_InvalidReceiver",
            "SMS_Failed_InvalidRecipient",
            "Failed_InvalidRecipient",
            False,
        ),
    ],
)
def test_names_of_results(channel, result, public, v1, succeeded):
    assert result_name(channel, result) == public
    assert v1_result_name(result) == v1
    assert is_success(channel, result) is succeeded


@pytest.mark.parametrize("status", OrderStatus)
def test_names_of_order_statuses(status):
    assert order_status_name(status) == f"Order_{status.value}"
    expected = "Completed" if status is OrderStatus.PROCESSED else status.value
    assert v1_order_status_name(status) == expected
