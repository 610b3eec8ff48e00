"""Answers of version 2: receipts, cancellations, shipments, the status feed and the notification log.

Ids are lower-case hyphenated UUIDs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, TypedDict

from shared.contracts.answers.condition_answer import ConditionRecordAnswer, send_condition
from shared.contracts.answers.json_out import NullShown, without_nulls
from shared.contracts.answers.status_names import (
    LogChannel,
    LogResult,
    RecipientStatus,
    RecipientType,
    ShipmentStatus,
    order_status_name,
    result_name,
)
from shared.contracts.answers.wire_types import Instant, Uuid
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.hold import hold_of
from shared.domain.orders.notification import Notification
from shared.domain.orders.order import Channel, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import ShipmentState


class ShipmentReceiptAnswer(TypedDict):
    """The id under which one shipment is followed, and its owner's reference."""

    shipmentId: Uuid
    sendersReference: str | None


class MainReceiptAnswer(ShipmentReceiptAnswer):
    """The main shipment and its reminders."""

    reminders: list[ShipmentReceiptAnswer] | None


class ChainReceiptAnswer(TypedDict):
    """The answer to a placement, and to every repeat of it."""

    notificationOrderId: Uuid
    notification: MainReceiptAnswer


class CancelledShipmentAnswer(ShipmentReceiptAnswer):
    """A shipment of a chain that was to be cancelled, and whether it is."""

    type: OrderType
    status: ShipmentStatus
    cancelled: bool


class ChainCancellationAnswer(TypedDict):
    """The shipments of a chain after it was cancelled as far as possible, the main one first."""

    notificationOrderId: Uuid
    shipments: list[CancelledShipmentAnswer]


class FeedRecipientAnswer(TypedDict):
    """The result for one address; `destination` is empty where no address was found or allowed."""

    type: RecipientType
    destination: str
    status: RecipientStatus
    lastUpdate: Instant


class ShipmentRecipientAnswer(FeedRecipientAnswer):
    """The result for one address; of an SMS that is held, since when and until when."""

    heldSince: Instant | None
    heldUntil: Instant | None


class ShipmentAnswer(ShipmentReceiptAnswer):
    """Where a shipment stands; `sendCondition` once its condition endpoint was asked."""

    type: OrderType
    status: ShipmentStatus
    lastUpdate: Instant
    sendCondition: ConditionRecordAnswer | None
    recipients: list[ShipmentRecipientAnswer]


class FeedEntryAnswer(ShipmentReceiptAnswer):
    """One ended shipment; `sequenceNumber` is the cursor. `type` is the same as `shipmentType`."""

    sequenceNumber: int
    type: OrderType
    shipmentType: OrderType
    status: ShipmentStatus
    lastUpdate: Instant
    recipients: list[FeedRecipientAnswer]


class LogEntryAnswer(TypedDict):
    """One notification in the log of a dialog; `creatorName` is the organisation that sent it.

    `transmissionId` is always there, null where the order names none.
    """

    notificationId: Uuid
    creatorName: str
    dialogId: str | None
    transmissionId: Annotated[str | None, NullShown()]
    type: OrderType
    channel: LogChannel
    destination: str
    status: LogResult
    requestedSendTime: Instant
    lastUpdateTime: Instant


def chain_receipt(chain_id: str, shipments: Sequence[tuple[str, str | None]]) -> ChainReceiptAnswer:
    """Build the answer to a placement; `shipments` are (id, reference) pairs, the main order first."""
    main, *reminders = [_receipt(shipment_id, reference) for shipment_id, reference in shipments]
    notification: MainReceiptAnswer = {**main, "reminders": reminders or None}
    return {"notificationOrderId": chain_id, "notification": without_nulls(notification)}


def cancelled_shipment(
    shipment_id: str, order: OrderRequest, state: ShipmentState
) -> CancelledShipmentAnswer:
    """Build one shipment of a cancelled chain, as it is after the cancellation."""
    answer: CancelledShipmentAnswer = {
        "shipmentId": shipment_id,
        "sendersReference": order.reference,
        "type": order.type,
        "status": order_status_name(state.status),
        "cancelled": state.status is OrderStatus.CANCELLED,
    }
    return without_nulls(answer)


def chain_cancellation(chain_id: str, shipments: list[CancelledShipmentAnswer]) -> ChainCancellationAnswer:
    """Build the answer to cancelling a chain; the main order comes first."""
    return {"notificationOrderId": chain_id, "shipments": shipments}


def shipment(
    shipment_id: str,
    order: OrderRequest,
    state: ShipmentState,
    created_at: datetime,
    notifications: Sequence[Notification],
    *,
    held_until: datetime | None = None,
) -> ShipmentAnswer:
    """Build the answer about one shipment, e-mails before SMS; `notifications` are those of all its pages.

    `held_until` is when its unsent SMS may leave, None if nothing holds them.
    """
    in_order = sorted(notifications, key=lambda notification: notification.channel is Channel.SMS)
    answer: ShipmentAnswer = {
        "shipmentId": shipment_id,
        "sendersReference": order.reference,
        "type": order.type,
        "status": order_status_name(state.status),
        "lastUpdate": format_instant(max(created_at, state.changed_at)),
        "sendCondition": send_condition(state.condition) if state.condition else None,
        "recipients": [_shipment_recipient(order, n, held_until) for n in in_order],
    }
    return without_nulls(answer)


def feed_entry(sequence_number: int, closed: ClosedShipment) -> FeedEntryAnswer:
    """Build one entry of the feed."""
    answer: FeedEntryAnswer = {
        "sequenceNumber": sequence_number,
        "shipmentId": closed.shipment_id,
        "sendersReference": closed.senders_reference,
        "type": closed.type,
        "shipmentType": closed.type,
        "status": order_status_name(closed.status),
        "lastUpdate": format_instant(closed.closed_at),
        "recipients": [_recipient(notification) for notification in closed.notifications],
    }
    return without_nulls(answer)


def log_entries(rows: Iterable[tuple[str, ClosedShipment]]) -> list[LogEntryAnswer]:
    """Build the log of a dialog, by requested send time; a row is an owner and a shipment or page of one."""
    found = [
        (row.requested_send_at or row.closed_at, _log_entry(owner, row, notification))
        for owner, row in rows
        for notification in row.notifications
    ]
    return [entry for _, entry in sorted(found, key=lambda each: (each[0], each[1]["notificationId"]))]


def _log_entry(owner: str, row: ClosedShipment, notification: Notification) -> LogEntryAnswer:
    answer: LogEntryAnswer = {
        "notificationId": str(row.item.of_notification(notification.slot)),
        "creatorName": owner,
        "dialogId": row.dialog_id,
        "transmissionId": row.transmission_id,
        "type": row.type,
        "channel": "Sms" if notification.channel is Channel.SMS else "Email",
        "destination": notification.address,
        # without the channel in front, unlike shipments and the feed
        "status": result_name(notification.channel, notification.result).partition("_")[2],
        "requestedSendTime": format_instant(row.requested_send_at or row.closed_at),
        "lastUpdateTime": format_instant(notification.at),
    }
    return {**without_nulls(answer), "transmissionId": answer["transmissionId"]}


def _receipt(shipment_id: str, reference: str | None) -> ShipmentReceiptAnswer:
    answer: ShipmentReceiptAnswer = {"shipmentId": shipment_id, "sendersReference": reference}
    return without_nulls(answer)


def _shipment_recipient(
    order: OrderRequest, notification: Notification, until: datetime | None
) -> ShipmentRecipientAnswer:
    hold = hold_of(order, notification, until)
    answer: ShipmentRecipientAnswer = {
        **_recipient(notification),
        "heldSince": format_instant(hold.since) if hold else None,
        "heldUntil": format_instant(hold.until) if hold else None,
    }
    return without_nulls(answer)


def _recipient(notification: Notification) -> FeedRecipientAnswer:
    return {
        "type": "SMS" if notification.channel is Channel.SMS else "Email",
        "destination": notification.address,
        "status": result_name(notification.channel, notification.result),
        "lastUpdate": format_instant(notification.at),
    }
