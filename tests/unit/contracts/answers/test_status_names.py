from datetime import UTC, datetime

import pytest

from shared.contracts.answers.status_names import (
    order_status_name,
    result_name,
    v1_order_status_name,
    v1_result_name,
)
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel, OrderStatus

AT = datetime(2031, 5, 2, 7, tzinfo=UTC)


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
            SmsResult.FAILED_INVALID_RECIPIENT,
            "SMS_Failed_InvalidRecipient",
            "Failed_InvalidRecipient",
            False,
        ),
    ],
)
def test_names_of_results(channel, result, public, v1, succeeded):
    assert result_name(channel, result) == public
    assert v1_result_name(result) == v1
    assert Notification(1, 0, channel, "", result, AT).is_success is succeeded


@pytest.mark.parametrize("status", OrderStatus)
def test_names_of_order_statuses(status):
    assert order_status_name(status) == f"Order_{status.value}"
    expected = "Completed" if status is OrderStatus.PROCESSED else status.value
    assert v1_order_status_name(status) == expected
