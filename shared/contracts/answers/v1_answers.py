"""Answers of the version 1 API, from the domain to JSON objects.

Orders of both versions are read here; what version 1 has no word for (external identities, attachments,
dialogs) is left out. Ids are lower-case hyphenated UUIDs; `api_base` is the absolute URL of the API without a
final slash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.answers import status_descriptions
from shared.contracts.answers.json_out import JsonObject, present
from shared.contracts.answers.status_names import is_success, v1_order_status_name, v1_result_name
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.condition import ConditionRecord
from shared.domain.orders.notification import Result
from shared.domain.orders.order import (
    Channel,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    Recipient,
    SmsTemplate,
)
from shared.domain.recipients.lookup_summary import RecipientLookup


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as it was accepted."""

    order_id: str
    creator: str
    created_at: datetime
    order: OrderRequest


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """One notification of an order; `address` is empty where none was found or allowed."""

    notification_id: str
    channel: Channel
    recipient: Recipient
    address: str
    result: Result
    at: datetime


def order_created(order_id: str, lookup: RecipientLookup | None = None) -> JsonObject:
    """Build the answer to a placement; `lookup` is None when nobody had to be looked up."""
    if lookup is None:
        return {"orderId": order_id}
    return {
        "orderId": order_id,
        "recipientLookup": {
            "status": lookup.status.value,
            "isReserved": list(lookup.is_reserved),
            "missingContact": list(lookup.missing_contact),
        },
    }


def order(record: OrderRecord, *, api_base: str) -> JsonObject:
    """Build an order with its recipients as submitted; addresses that were looked up are not added."""
    request = record.order
    self_link = _order_link(record.order_id, api_base)
    return _heading(record) | present(
        recipients=[_recipient(recipient) for recipient in request.recipients],
        emailTemplate=_email_template(request.email) if request.email else None,
        smsTemplate=_sms_template(request.sms) if request.sms else None,
        links={"self": self_link, "status": f"{self_link}/status"},
    )


def order_list(records: Sequence[OrderRecord], *, api_base: str) -> JsonObject:
    """Build the answer to a search by sender's reference."""
    return {"count": len(records), "orders": [order(record, api_base=api_base) for record in records]}


def order_status(
    record: OrderRecord,
    status: OrderStatus,
    changed_at: datetime,
    results: Sequence[tuple[Channel, Result]],
    *,
    api_base: str,
    condition: ConditionRecord | None = None,
) -> JsonObject:
    """Build the status of an order; `results` has one item per notification that exists.

    `condition` is None unless the sender's condition endpoint was asked.
    """
    link = _order_link(record.order_id, api_base)
    summary: JsonObject = {}
    for channel in (Channel.EMAIL, Channel.SMS):
        of_channel = [result for its_channel, result in results if its_channel is channel]
        if of_channel:
            summary[channel.value] = {
                "links": {"self": f"{link}/notifications/{channel.value}"},
                "generated": len(of_channel),
                "succeeded": sum(is_success(channel, result) for result in of_channel),
            }
    return _heading(record) | present(
        processingStatus={
            "status": v1_order_status_name(status),
            "description": status_descriptions.ORDER[status],
            "lastUpdate": format_instant(changed_at),
        },
        notificationsStatusSummary=summary or None,
        sendCondition=send_condition(condition) if condition else None,
    )


def send_condition(record: ConditionRecord) -> JsonObject:
    """Build what asking the sender came to, in the latest round of questions."""
    return {
        "outcome": record.outcome.value,
        "reason": record.reason,
        "attempts": record.attempts,
        "lastAsked": format_instant(record.asked_at),
    }


def notification_list(
    order_id: str, senders_reference: str | None, notifications: Sequence[NotificationRecord]
) -> JsonObject:
    """Build the list of an order's notifications, all of the one channel that was asked for."""
    entries = [_notification(notification) for notification in notifications]
    return present(
        orderId=order_id,
        sendersReference=senders_reference,
        generated=len(entries),
        succeeded=sum(entry["succeeded"] is True for entry in entries),
        notifications=entries,
    )


def _heading(record: OrderRecord) -> JsonObject:
    request = record.order
    return present(
        id=record.order_id,
        sendersReference=request.senders_reference,
        requestedSendTime=format_instant(request.requested_send_at),
        creator=record.creator,
        created=format_instant(record.created_at),
        notificationChannel=request.channel_schema.value,
        ignoreReservation=request.ignore_reservation,
        resourceId=request.resource_id,
        resourceAction=request.resource_action,
        conditionEndpoint=request.condition_endpoint,
    )


def _recipient(recipient: Recipient) -> JsonObject:
    return present(
        emailAddress=recipient.email_address,
        mobileNumber=recipient.mobile_number,
        organizationNumber=recipient.organization_number,
        nationalIdentityNumber=recipient.national_identity_number,
    )


def _email_template(template: EmailTemplate) -> JsonObject:
    return {
        "fromAddress": template.from_address,
        "subject": template.subject,
        "body": template.body,
        "contentType": template.content_type.value,
    }


def _sms_template(template: SmsTemplate) -> JsonObject:
    return {"senderNumber": template.sender, "body": template.body}


def _notification(notification: NotificationRecord) -> JsonObject:
    is_email = notification.channel is Channel.EMAIL
    return {
        "id": notification.notification_id,
        "succeeded": is_success(notification.channel, notification.result),
        "recipient": present(
            emailAddress=notification.address if is_email else None,
            mobileNumber=None if is_email else notification.address,
            organizationNumber=notification.recipient.organization_number,
            nationalIdentityNumber=notification.recipient.national_identity_number,
        ),
        "sendStatus": {
            "status": v1_result_name(notification.result),
            "description": status_descriptions.of_result(notification.result),
            "lastUpdate": format_instant(notification.at),
        },
    }


def _order_link(order_id: str, api_base: str) -> str:
    return f"{api_base}/orders/{order_id}"
