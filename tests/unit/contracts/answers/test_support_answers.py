from datetime import UTC, datetime

from shared.contracts.answers.support_answers import delivery_attempt, support_shipment
from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderType
from shared.domain.recipients.identity_kind import IdentityKind

SEND_AT = datetime(2031, 3, 4, 8, 15, tzinfo=UTC)
ORDER = OrderRequest(
    type=OrderType.REMINDER,
    requested_send_at=SEND_AT,
    channel_schema=ChannelSchema.SMS_PREFERRED,
    recipients=(),
    senders_reference="ref",
    resource_id="r",
)


def test_a_shipment_with_its_condition():
    condition = ConditionRecord(ConditionOutcome.INCONCLUSIVE_SENT, "deadline", 2, SEND_AT)
    assert support_shipment("s-2", "eksetat", ORDER, condition, [], summary="Being prepared.") == {
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
        "deliveryAttempts": [],
        "summary": "Being prepared.",
    }


def test_a_shipment_without_what_it_may_lack():
    order = OrderRequest(OrderType.NOTIFICATION, SEND_AT, ChannelSchema.EMAIL, ())
    assert support_shipment("s-1", "eksetat", order, None, [], summary="Being prepared.") == {
        "shipmentId": "s-1",
        "creatorName": "eksetat",
        "requestedSendTime": "2031-03-04T08:15:00Z",
        "notificationChannel": "Email",
        "notificationType": "Notification",
        "deliveryAttempts": [],
        "summary": "Being prepared.",
    }


def test_attempts_show_the_number_that_was_searched_for_and_unmapped_results():
    sms = Notification(1, 0, Channel.SMS, "+4790000001", SmsResult.FAILED_TTL, SEND_AT)
    email = Notification(2, 0, Channel.EMAIL, "post@example.no", EmailResult.NEW, SEND_AT)
    assert [delivery_attempt(sms, IdentityKind.PERSON, "07885799912")] == [
        {
            "nationalIdentityNumber": "07885799912",
            "channel": "sms",
            "mobileNumber": "+4790000001",
            "result": "Failed_TTL",
            "resultTime": "2031-03-04T08:15:00Z",
        }
    ]
    assert [delivery_attempt(email, IdentityKind.ORGANIZATION, "310128435")] == [
        {
            "organizationNumber": "310128435",
            "channel": "email",
            "emailAddress": "post@example.no",
            "result": "New",
            "resultTime": "2031-03-04T08:15:00Z",
        }
    ]
