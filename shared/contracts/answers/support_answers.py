"""Answers of the support dashboard: what one person or organisation was sent, by whom, and its results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.answers.json_out import JsonObject, present
from shared.contracts.answers.v1_answers import send_condition
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.condition import ConditionRecord
from shared.domain.orders.notification import Result
from shared.domain.orders.order import Channel, ChannelSchema, OrderType


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One notification; exactly one of the two numbers is set, the one that was searched for."""

    channel: Channel
    address: str
    result: Result
    at: datetime | None
    national_identity_number: str | None = None
    organization_number: str | None = None


@dataclass(frozen=True, slots=True)
class SupportShipment:
    """One shipment and its notifications to the recipient that was searched for.

    `condition` is None unless the row that was found asked the sender's condition endpoint.
    """

    shipment_id: str
    creator: str
    type: OrderType
    requested_send_at: datetime
    attempts: Sequence[DeliveryAttempt]
    channel_schema: ChannelSchema | None = None
    resource_id: str | None = None
    senders_reference: str | None = None
    condition: ConditionRecord | None = None


def support_shipments(shipments: Sequence[SupportShipment]) -> list[JsonObject]:
    """Build the answer to a search, the newest requested send time first."""
    newest_first = sorted(shipments, key=lambda shipment: shipment.requested_send_at, reverse=True)
    return [_shipment(shipment) for shipment in newest_first]


def _shipment(shipment: SupportShipment) -> JsonObject:
    return present(
        shipmentId=shipment.shipment_id,
        creatorName=shipment.creator,
        resourceId=shipment.resource_id,
        sendersReference=shipment.senders_reference,
        requestedSendTime=format_instant(shipment.requested_send_at),
        notificationChannel=shipment.channel_schema.value if shipment.channel_schema else None,
        notificationType=shipment.type.value,
        sendCondition=send_condition(shipment.condition) if shipment.condition else None,
        deliveryAttempts=[_attempt(attempt) for attempt in shipment.attempts],
    )


def _attempt(attempt: DeliveryAttempt) -> JsonObject:
    is_email = attempt.channel is Channel.EMAIL
    return present(
        nationalIdentityNumber=attempt.national_identity_number,
        organizationNumber=attempt.organization_number,
        channel=attempt.channel.value,
        emailAddress=attempt.address if is_email else None,
        mobileNumber=None if is_email else attempt.address,
        result=attempt.result.value,
        resultTime=format_instant(attempt.at) if attempt.at else None,
    )
