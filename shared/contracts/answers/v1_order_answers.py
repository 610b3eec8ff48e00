"""Answers of version 1 about orders: placed, read, listed, and their status.

Orders of both versions are read here. What version 1 has no member for (external identities, attachments,
dialogs) is left out. Ids are lower-case hyphenated UUIDs; `api_base` is the absolute URL of the API without a
final slash.
"""

from datetime import datetime
from typing import TypedDict

from shared.contracts.answers import status_descriptions
from shared.contracts.answers.condition_answer import ConditionRecordAnswer, send_condition
from shared.contracts.answers.json_out import without_nulls
from shared.contracts.answers.status_names import V1OrderStatus, v1_order_status_name
from shared.contracts.answers.wire_types import Instant, Url, Uuid
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.notification import ResultCounts, is_success
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderRequest,
    Recipient,
    SmsTemplate,
)
from shared.domain.orders.shipment import ShipmentState
from shared.domain.recipients.lookup_summary import LookupStatus, RecipientLookup


class LookupAnswer(TypedDict):
    """The result of looking up the recipients without an address of their own."""

    status: LookupStatus
    isReserved: list[str]
    missingContact: list[str]


class OrderCreatedAnswer(TypedDict):
    """The id of an accepted version 1 order."""

    orderId: Uuid
    recipientLookup: LookupAnswer | None


class RecipientAnswer(TypedDict):
    """A recipient as submitted."""

    emailAddress: str | None
    mobileNumber: str | None
    organizationNumber: str | None
    nationalIdentityNumber: str | None


class EmailTemplateAnswer(TypedDict):
    """The e-mail text of an order."""

    fromAddress: str
    subject: str
    body: str
    contentType: EmailContentType


class SmsTemplateAnswer(TypedDict):
    """The SMS text of an order."""

    senderNumber: str
    body: str


class OrderLinksAnswer(TypedDict):
    """Where the order and its status are read."""

    self: Url
    status: Url


class OrderHeadingAnswer(TypedDict):
    """The members that an order and its status have in common."""

    id: Uuid
    sendersReference: str | None
    requestedSendTime: Instant
    creator: str
    created: Instant
    notificationChannel: ChannelSchema
    ignoreReservation: bool | None
    resourceId: str | None
    resourceAction: str | None
    conditionEndpoint: Url | None


class OrderAnswer(OrderHeadingAnswer):
    """An order as it was accepted."""

    recipients: list[RecipientAnswer]
    emailTemplate: EmailTemplateAnswer | None
    smsTemplate: SmsTemplateAnswer | None
    links: OrderLinksAnswer


class OrderListAnswer(TypedDict):
    """The orders with a sender's reference, oldest first."""

    count: int
    orders: list[OrderAnswer]


class ProcessingStatusAnswer(TypedDict):
    """The status of an order, in a word and in a sentence."""

    status: V1OrderStatus
    description: str
    lastUpdate: Instant


class SelfLinkAnswer(TypedDict):
    """Where the notifications of a channel are listed."""

    self: Url


class ChannelSummaryAnswer(TypedDict):
    """How many notifications of a channel there are, and how many succeeded."""

    links: SelfLinkAnswer
    generated: int
    succeeded: int


class StatusSummaryAnswer(TypedDict):
    """The notifications of an order by channel."""

    email: ChannelSummaryAnswer | None
    sms: ChannelSummaryAnswer | None


class OrderStatusAnswer(OrderHeadingAnswer):
    """Where an order stands; `sendCondition` once its condition endpoint was asked."""

    processingStatus: ProcessingStatusAnswer
    notificationsStatusSummary: StatusSummaryAnswer | None
    sendCondition: ConditionRecordAnswer | None


def order_created(order_id: str, lookup: RecipientLookup | None) -> OrderCreatedAnswer:
    """Build the answer to a placement; `lookup` is None when no recipient had to be looked up."""
    answer: OrderCreatedAnswer = {
        "orderId": order_id,
        "recipientLookup": lookup_answer(lookup) if lookup else None,
    }
    return without_nulls(answer)


def order_heading(
    order_id: str, creator: str, created_at: datetime, request: OrderRequest
) -> OrderHeadingAnswer:
    """Build what an order and its status begin with, nulls included."""
    return {
        "id": order_id,
        "sendersReference": request.senders_reference,
        "requestedSendTime": format_instant(request.requested_send_at),
        "creator": creator,
        "created": format_instant(created_at),
        "notificationChannel": request.channel_schema,
        "ignoreReservation": request.ignore_reservation,
        "resourceId": request.resource_id,
        "resourceAction": request.resource_action,
        "conditionEndpoint": request.condition_endpoint,
    }


def order(heading: OrderHeadingAnswer, request: OrderRequest, *, api_base: str) -> OrderAnswer:
    """Build an order with its recipients as submitted; addresses that were looked up are not added."""
    self_link = _order_link(heading["id"], api_base)
    answer: OrderAnswer = {
        **heading,
        "recipients": [recipient_answer(recipient) for recipient in request.recipients],
        "emailTemplate": _email_template(request.email) if request.email else None,
        "smsTemplate": _sms_template(request.sms) if request.sms else None,
        "links": {"self": self_link, "status": f"{self_link}/status"},
    }
    return without_nulls(answer)


def recipient_answer(recipient: Recipient) -> RecipientAnswer:
    """Build one recipient, with what was given of it."""
    answer: RecipientAnswer = {
        "emailAddress": recipient.email_address,
        "mobileNumber": recipient.mobile_number,
        "organizationNumber": recipient.organization_number,
        "nationalIdentityNumber": recipient.national_identity_number,
    }
    return without_nulls(answer)


def order_list(orders: list[OrderAnswer]) -> OrderListAnswer:
    """Build the answer to a search by sender's reference."""
    return {"count": len(orders), "orders": orders}


def order_status(
    heading: OrderHeadingAnswer,
    state: ShipmentState,
    results: ResultCounts,
    *,
    api_base: str,
) -> OrderStatusAnswer:
    """Build the status of an order; `results` are those of all its pages."""
    link = _order_link(heading["id"], api_base)
    summary: StatusSummaryAnswer = {
        "email": _channel_summary(link, Channel.EMAIL, results),
        "sms": _channel_summary(link, Channel.SMS, results),
    }
    answer: OrderStatusAnswer = {
        **heading,
        "processingStatus": {
            "status": v1_order_status_name(state.status),
            "description": status_descriptions.ORDER[state.status],
            "lastUpdate": format_instant(state.changed_at),
        },
        "notificationsStatusSummary": without_nulls(summary) if results else None,
        "sendCondition": send_condition(state.condition) if state.condition else None,
    }
    return without_nulls(answer)


def _order_link(order_id: str, api_base: str) -> str:
    return f"{api_base}/orders/{order_id}"


def lookup_answer(lookup: RecipientLookup) -> LookupAnswer:
    """Build what looking up the recipients of an order came to."""
    return {
        "status": lookup.status,
        "isReserved": list(lookup.is_reserved),
        "missingContact": list(lookup.missing_contact),
    }


def _email_template(template: EmailTemplate) -> EmailTemplateAnswer:
    return {
        "fromAddress": template.from_address,
        "subject": template.subject,
        "body": template.body,
        "contentType": template.content_type,
    }


def _sms_template(template: SmsTemplate) -> SmsTemplateAnswer:
    return {"senderNumber": template.sender, "body": template.body}


def _channel_summary(link: str, channel: Channel, results: ResultCounts) -> ChannelSummaryAnswer | None:
    counts = {result: count for (of, result), count in results.items() if of is channel}
    if not counts:
        return None
    return {
        "links": {"self": f"{link}/notifications/{channel.value}"},
        "generated": sum(counts.values()),
        "succeeded": sum(count for result, count in counts.items() if is_success(result)),
    }
