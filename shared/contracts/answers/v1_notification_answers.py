"""Answers of version 1 about the notifications of an order."""

from dataclasses import replace
from typing import TypedDict

from shared.contracts.answers import status_descriptions
from shared.contracts.answers.json_out import without_nulls
from shared.contracts.answers.status_names import NotificationResult, v1_result_name
from shared.contracts.answers.v1_order_answers import RecipientAnswer, recipient_answer
from shared.contracts.answers.wire_types import Instant, Uuid
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.hold import Hold
from shared.domain.orders.notification import Notification
from shared.domain.orders.order import Channel, Recipient


class SendStatusAnswer(TypedDict):
    """The result of one notification, in a word and in a sentence; how long an SMS is held."""

    status: NotificationResult
    description: str
    lastUpdate: Instant
    heldSince: Instant | None
    heldUntil: Instant | None


class NotificationAnswer(TypedDict):
    """One e-mail or SMS of an order."""

    id: Uuid
    succeeded: bool
    recipient: RecipientAnswer
    sendStatus: SendStatusAnswer


class NotificationListAnswer(TypedDict):
    """The notifications of an order on one channel."""

    orderId: Uuid
    sendersReference: str | None
    generated: int
    succeeded: int
    notifications: list[NotificationAnswer]


def notification_list(
    order_id: str, senders_reference: str | None, notifications: list[NotificationAnswer]
) -> NotificationListAnswer:
    """Build the list of an order's notifications on one channel."""
    answer: NotificationListAnswer = {
        "orderId": order_id,
        "sendersReference": senders_reference,
        "generated": len(notifications),
        "succeeded": sum(notification["succeeded"] for notification in notifications),
        "notifications": notifications,
    }
    return without_nulls(answer)


def notification_entry(
    notification_id: str,
    notification: Notification,
    recipient: Recipient,
    hold: Hold | None = None,
) -> NotificationAnswer:
    """Build one notification; its address is empty where none was found or allowed."""
    is_email, address = notification.channel is Channel.EMAIL, notification.address
    addressed = replace(
        recipient, email_address=address if is_email else None, mobile_number=None if is_email else address
    )
    status: SendStatusAnswer = {
        "status": v1_result_name(notification.result),
        "description": status_descriptions.of_result(notification.result),
        "lastUpdate": format_instant(notification.at),
        "heldSince": format_instant(hold.since) if hold else None,
        "heldUntil": format_instant(hold.until) if hold else None,
    }
    return {
        "id": notification_id,
        "succeeded": notification.is_success,
        "recipient": recipient_answer(addressed),
        "sendStatus": without_nulls(status),
    }
