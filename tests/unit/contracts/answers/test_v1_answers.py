from datetime import UTC, datetime
from typing import get_args, get_type_hints

import pytest

from shared.contracts.answers import status_descriptions
from shared.contracts.answers.support_answers import DeliveryAttempt, SupportShipment, support_shipments
from shared.contracts.answers.v1_answers import (
    NotificationRecord,
    OrderRecord,
    notification_list,
    order,
    order_created,
    order_list,
    order_status,
)
from shared.contracts.api_description.answers import ConditionRecordAnswer
from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.notification import EmailResult, SmsResult
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
from shared.domain.recipients.lookup_summary import LookupStatus, RecipientLookup

API = "https://example.no/notifications/api/v1"
SEND_AT = datetime(2031, 3, 4, 8, 15, tzinfo=UTC)
CREATED = datetime(2031, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)
RECORD = OrderRecord(
    "o-1",
    "eksetat",
    CREATED,
    OrderRequest(
        type=OrderType.NOTIFICATION,
        requested_send_at=SEND_AT,
        channel_schema=ChannelSchema.EMAIL_PREFERRED,
        recipients=(
            Recipient(email_address="kari@example.no"),
            Recipient(external_identity="urn:altinn:party:username:kari"),
        ),
        senders_reference="ref",
        condition_endpoint="https://example.no/c",
        email=EmailTemplate(
            "noreply@example.no",
            "Emne",
            "Tekst",
            attachments=(Attachment("a.pdf", "application/pdf", "https://secret"),),
        ),
        sms=SmsTemplate("Altinn", "Hei"),
        ignore_reservation=False,
        resource_id="urn:altinn:resource:x",
        resource_action="read",
    ),
)
HEADING = {
    "id": "o-1",
    "sendersReference": "ref",
    "requestedSendTime": "2031-03-04T08:15:00Z",
    "creator": "eksetat",
    "created": "2031-03-01T10:00:00.123456Z",
    "notificationChannel": "EmailPreferred",
    "ignoreReservation": False,
    "resourceId": "urn:altinn:resource:x",
    "resourceAction": "read",
    "conditionEndpoint": "https://example.no/c",
}


def test_the_answer_to_a_placement():
    assert order_created("o-1") == {"orderId": "o-1"}
    lookup = RecipientLookup(LookupStatus.PARTIAL_SUCCESS, missing_contact=("310128435",))
    assert order_created("o-1", lookup) == {
        "orderId": "o-1",
        "recipientLookup": {
            "status": "PartialSuccess",
            "isReserved": [],
            "missingContact": ["310128435"],
        },
    }


def test_an_order_is_shown_as_submitted_without_what_version_1_does_not_know():
    assert order(RECORD, api_base=API) == HEADING | {
        "recipients": [{"emailAddress": "kari@example.no"}, {}],
        "emailTemplate": {
            "fromAddress": "noreply@example.no",
            "subject": "Emne",
            "body": "Tekst",
            "contentType": "Plain",
        },
        "smsTemplate": {"senderNumber": "Altinn", "body": "Hei"},
        "links": {"self": f"{API}/orders/o-1", "status": f"{API}/orders/o-1/status"},
    }


def test_a_list_counts_its_orders():
    assert order_list([], api_base=API) == {"count": 0, "orders": []}
    assert order_list([RECORD], api_base=API) == {"count": 1, "orders": [order(RECORD, api_base=API)]}


def test_a_status_sums_up_the_notifications_of_each_channel():
    results = [
        (Channel.EMAIL, EmailResult.SUCCEEDED),
        (Channel.EMAIL, EmailResult.FAILED_BOUNCED),
        (Channel.SMS, SmsResult.ACCEPTED),
        (Channel.SMS, SmsResult.DELIVERED),
    ]
    built = order_status(RECORD, OrderStatus.PROCESSED, SEND_AT, results, api_base=API)
    description = built["processingStatus"].pop("description")
    assert description == status_descriptions.ORDER[OrderStatus.PROCESSED]
    assert built == HEADING | {
        "processingStatus": {"status": "Completed", "lastUpdate": "2031-03-04T08:15:00Z"},
        "notificationsStatusSummary": {
            "email": {
                "links": {"self": f"{API}/orders/o-1/notifications/email"},
                "generated": 2,
                "succeeded": 1,
            },
            "sms": {
                "links": {"self": f"{API}/orders/o-1/notifications/sms"},
                "generated": 2,
                "succeeded": 2,
            },
        },
    }


def test_a_status_without_notifications_has_no_summary():
    built = order_status(RECORD, OrderStatus.CANCELLED, SEND_AT, [], api_base=API)
    assert "notificationsStatusSummary" not in built
    assert built["processingStatus"]["status"] == "Cancelled"


@pytest.mark.parametrize("outcome", ConditionOutcome)
def test_a_status_tells_what_the_sender_was_asked_and_said(outcome):
    condition = ConditionRecord(outcome, "status 503", 2, SEND_AT)
    built = order_status(RECORD, OrderStatus.REGISTERED, SEND_AT, [], api_base=API, condition=condition)
    told = {"outcome": outcome.value, "reason": "status 503", "attempts": 2}
    assert built.pop("sendCondition") == told | {"lastAsked": "2031-03-04T08:15:00Z"}
    assert built == order_status(RECORD, OrderStatus.REGISTERED, SEND_AT, [], api_base=API)
    shown = get_args(get_type_hints(ConditionRecordAnswer)["outcome"])
    assert outcome.value in shown, "the described API knows the word"


def test_notifications_of_an_order():
    person = Recipient(national_identity_number="07885799912")
    notifications = [
        NotificationRecord("n-1", Channel.SMS, Recipient(), "+4790000001", SmsResult.DELIVERED, SEND_AT),
        NotificationRecord("n-2", Channel.SMS, person, "", SmsResult.FAILED_TTL, SEND_AT),
    ]
    assert notification_list("o-1", None, notifications) == {
        "orderId": "o-1",
        "generated": 2,
        "succeeded": 1,
        "notifications": [
            {
                "id": "n-1",
                "succeeded": True,
                "recipient": {"mobileNumber": "+4790000001"},
                "sendStatus": {
                    "status": "Delivered",
                    "description": status_descriptions.of_result(SmsResult.DELIVERED),
                    "lastUpdate": "2031-03-04T08:15:00Z",
                },
            },
            {
                "id": "n-2",
                "succeeded": False,
                "recipient": {"mobileNumber": "", "nationalIdentityNumber": "07885799912"},
                "sendStatus": {
                    "status": "Failed",
                    "description": status_descriptions.of_result(SmsResult.FAILED_TTL),
                    "lastUpdate": "2031-03-04T08:15:00Z",
                },
            },
        ],
    }


def test_no_notifications():
    assert notification_list("o-1", "ref", []) == {
        "orderId": "o-1",
        "sendersReference": "ref",
        "generated": 0,
        "succeeded": 0,
        "notifications": [],
    }


@pytest.mark.parametrize("result", [*EmailResult, *SmsResult])
def test_every_result_is_described(result):
    assert status_descriptions.of_result(result).endswith(".")


def test_the_two_channels_are_described_apart():
    assert status_descriptions.of_result(EmailResult.NEW) != status_descriptions.of_result(SmsResult.NEW)


@pytest.mark.parametrize("status", OrderStatus)
def test_every_order_status_is_described(status):
    assert status_descriptions.ORDER[status].endswith(".")


def test_the_dashboard_shows_the_newest_first_with_unmapped_results():
    attempt = DeliveryAttempt(
        Channel.SMS, "+4790000001", SmsResult.FAILED_TTL, SEND_AT, national_identity_number="07885799912"
    )
    email = DeliveryAttempt(
        Channel.EMAIL, "post@example.no", EmailResult.NEW, None, organization_number="310128435"
    )
    old = SupportShipment("s-1", "eksetat", OrderType.NOTIFICATION, CREATED, (email,))
    new = SupportShipment(
        "s-2",
        "eksetat",
        OrderType.REMINDER,
        SEND_AT,
        (attempt,),
        ChannelSchema.SMS_PREFERRED,
        "r",
        "ref",
        ConditionRecord(ConditionOutcome.INCONCLUSIVE_SENT, "deadline", 2, SEND_AT),
    )
    assert support_shipments([old, new]) == [
        {
            "shipmentId": "s-2",
            "creatorName": "eksetat",
            "resourceId": "r",
            "sendersReference": "ref",
            "requestedSendTime": "2031-03-04T08:15:00Z",
            "notificationChannel": "SmsPreferred",
            "notificationType": "Reminder",
            "sendCondition": {
                "outcome": "InconclusiveSent",
                "reason": "deadline",
                "attempts": 2,
                "lastAsked": "2031-03-04T08:15:00Z",
            },
            "deliveryAttempts": [
                {
                    "nationalIdentityNumber": "07885799912",
                    "channel": "sms",
                    "mobileNumber": "+4790000001",
                    "result": "Failed_TTL",
                    "resultTime": "2031-03-04T08:15:00Z",
                }
            ],
        },
        {
            "shipmentId": "s-1",
            "creatorName": "eksetat",
            "requestedSendTime": "2031-03-01T10:00:00.123456Z",
            "notificationType": "Notification",
            "deliveryAttempts": [
                {
                    "organizationNumber": "310128435",
                    "channel": "email",
                    "emailAddress": "post@example.no",
                    "result": "New",
                }
            ],
        },
    ]
