from datetime import UTC, datetime

import pytest

from shared.contracts.answers import status_descriptions
from shared.contracts.answers.v1_order_answers import (
    order,
    order_created,
    order_heading,
    order_list,
    order_status,
)
from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.notification import EmailResult, Notification, SmsResult, result_counts
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
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.recipients.lookup_summary import LookupStatus, RecipientLookup

API = "https://example.no/notifications/api/v1"
SEND_AT = datetime(2031, 3, 4, 8, 15, tzinfo=UTC)
CREATED = datetime(2031, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)
ORDER = OrderRequest(
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


def state(status, condition=None):
    return ShipmentState(status, SEND_AT, AgendaKey("0", "0"), condition=condition)


def heading():
    return order_heading("o-1", "eksetat", CREATED, ORDER)


def status_of(state, notifications=()):
    return order_status(heading(), state, result_counts(notifications), api_base=API)


def sent(slot, channel, result):
    return Notification(slot, 0, channel, "address", result, SEND_AT)


def test_the_answer_to_a_placement():
    assert order_created("o-1", None) == {"orderId": "o-1"}
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
    assert order(heading(), ORDER, api_base=API) == HEADING | {
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


def test_members_that_are_null_are_left_out():
    plain = OrderRequest(
        type=OrderType.NOTIFICATION,
        requested_send_at=SEND_AT,
        channel_schema=ChannelSchema.SMS,
        recipients=(Recipient(mobile_number="+4790000001"),),
        sms=SmsTemplate("Altinn", "Hei"),
    )
    built = order(order_heading("o-1", "eksetat", CREATED, plain), plain, api_base=API)
    assert [*built] == [
        "id",
        "requestedSendTime",
        "creator",
        "created",
        "notificationChannel",
        "recipients",
        "smsTemplate",
        "links",
    ]


def test_a_list_counts_its_orders():
    one = order(heading(), ORDER, api_base=API)
    assert order_list([]) == {"count": 0, "orders": []}
    assert order_list([one]) == {"count": 1, "orders": [one]}


def test_a_summary_has_only_the_channels_that_are_used():
    built = status_of(state(OrderStatus.COMPLETED), [sent(1, Channel.SMS, SmsResult.DELIVERED)])
    assert [*built["notificationsStatusSummary"]] == ["sms"]


def test_a_status_sums_up_the_notifications_of_each_channel():
    notifications = [
        sent(1, Channel.EMAIL, EmailResult.SUCCEEDED),
        sent(2, Channel.SMS, SmsResult.ACCEPTED),
        sent(3, Channel.EMAIL, EmailResult.FAILED_BOUNCED),
        sent(4, Channel.SMS, SmsResult.DELIVERED),
    ]
    built = status_of(state(OrderStatus.PROCESSED), notifications)
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
    built = status_of(state(OrderStatus.CANCELLED))
    assert "notificationsStatusSummary" not in built
    assert built["processingStatus"]["status"] == "Cancelled"


@pytest.mark.parametrize("outcome", ConditionOutcome)
def test_a_status_tells_what_the_sender_was_asked_and_said(outcome):
    condition = ConditionRecord(outcome, "status 503", 2, SEND_AT)
    built = status_of(state(OrderStatus.REGISTERED, condition))
    told = {"outcome": outcome.value, "reason": "status 503", "attempts": 2}
    assert built.pop("sendCondition") == told | {"lastAsked": "2031-03-04T08:15:00Z"}
    assert built == status_of(state(OrderStatus.REGISTERED))
