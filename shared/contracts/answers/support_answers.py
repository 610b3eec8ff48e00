"""Answers of the support dashboard: what one person or organisation was sent, by whom, and the results."""

from typing import TypedDict

from shared.contracts.answers.condition_answer import ConditionRecordAnswer, send_condition
from shared.contracts.answers.json_out import without_nulls
from shared.contracts.answers.status_names import StoredResult
from shared.contracts.answers.wire_types import Instant, Uuid
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.condition import ConditionRecord
from shared.domain.orders.notification import Notification
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderType
from shared.domain.recipients.identity_kind import IdentityKind


class DeliveryAttemptAnswer(TypedDict):
    """One notification to the recipient that was searched for; the number if it was searched for by one."""

    nationalIdentityNumber: str | None
    organizationNumber: str | None
    channel: Channel
    emailAddress: str | None
    mobileNumber: str | None
    result: StoredResult
    resultTime: Instant


class SupportShipmentAnswer(TypedDict):
    """One shipment that addressed the person, organisation or e-mail address that was searched for.

    `summary` is one sentence for where its messages to them stand and why; its trace says more.
    """

    shipmentId: Uuid
    creatorName: str
    resourceId: str | None
    sendersReference: str | None
    requestedSendTime: Instant
    notificationChannel: ChannelSchema
    notificationType: OrderType
    sendCondition: ConditionRecordAnswer | None
    deliveryAttempts: list[DeliveryAttemptAnswer]
    summary: str


def support_shipment(
    shipment_id: str,
    creator: str,
    order: OrderRequest,
    condition: ConditionRecord | None,
    attempts: list[DeliveryAttemptAnswer],
    *,
    summary: str,
) -> SupportShipmentAnswer:
    """Build one shipment; `condition` is None unless its condition endpoint was asked."""
    answer: SupportShipmentAnswer = {
        "shipmentId": shipment_id,
        "creatorName": creator,
        "resourceId": order.resource_id,
        "sendersReference": order.senders_reference,
        "requestedSendTime": format_instant(order.requested_send_at),
        "notificationChannel": order.channel_schema,
        "notificationType": order.type,
        "sendCondition": send_condition(condition) if condition else None,
        "deliveryAttempts": attempts,
        "summary": summary,
    }
    return without_nulls(answer)


def delivery_attempt(
    notification: Notification, kind: IdentityKind | None = None, number: str | None = None
) -> DeliveryAttemptAnswer:
    """Build one notification to the recipient that was searched for, perhaps by a number of this kind."""
    is_email = notification.channel is Channel.EMAIL
    answer: DeliveryAttemptAnswer = {
        "nationalIdentityNumber": number if kind is IdentityKind.PERSON else None,
        "organizationNumber": number if kind is IdentityKind.ORGANIZATION else None,
        "channel": notification.channel,
        "emailAddress": notification.address if is_email else None,
        "mobileNumber": None if is_email else notification.address,
        "result": notification.result,
        "resultTime": format_instant(notification.at),
    }
    return without_nulls(answer)
