"""Answers of the version 2 API, from plain values to JSON objects.

Ids are lower-case hyphenated UUIDs, results the stored names; both are given by the caller as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.answers.json_out import JsonObject, present
from shared.contracts.answers.status_names import order_status_name, result_name
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.order import Channel, OrderStatus, OrderType


@dataclass(frozen=True, slots=True)
class ShipmentReceipt:
    """One order of a placed chain."""

    shipment_id: str
    senders_reference: str | None = None


@dataclass(frozen=True, slots=True)
class ChainReceipt:
    """What a caller gets for a placed chain, and again for every repeat of the same request."""

    chain_id: str
    main: ShipmentReceipt
    reminders: tuple[ShipmentReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What became of one notification; `destination` is empty where no address was found or allowed."""

    channel: Channel
    destination: str
    result: str
    last_update: datetime


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """One order and its notifications as they are now."""

    shipment_id: str
    type: OrderType
    status: OrderStatus
    last_update: datetime
    senders_reference: str | None = None
    recipients: Sequence[RecipientStatus] = ()


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One closed order in the feed of its owner; `sequence_number` is the cursor."""

    sequence_number: int
    shipment: ShipmentView


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One notification in the log of a dialog."""

    notification_id: str
    type: OrderType
    channel: Channel
    destination: str
    result: str
    requested_send_at: datetime
    last_update: datetime
    dialog_id: str | None = None
    transmission_id: str | None = None


def chain_receipt(receipt: ChainReceipt) -> JsonObject:
    """Build the answer to a placement, of reminders only if there are any."""
    notification = _shipment_receipt(receipt.main)
    if receipt.reminders:
        notification["reminders"] = [_shipment_receipt(reminder) for reminder in receipt.reminders]
    return {"notificationOrderId": receipt.chain_id, "notification": notification}


def chain_cancellation(chain_id: str, shipments: Sequence[ShipmentView]) -> JsonObject:
    """Build the answer to cancelling a chain; `shipments` are as they are then, main order first."""
    return {
        "notificationOrderId": chain_id,
        "shipments": [
            present(
                shipmentId=view.shipment_id,
                sendersReference=_reference(view.senders_reference),
                type=view.type.value,
                status=order_status_name(view.status),
                cancelled=view.status is OrderStatus.CANCELLED,
            )
            for view in shipments
        ],
    }


def shipment(view: ShipmentView) -> JsonObject:
    """Build the answer about one shipment; e-mails come before SMS messages."""
    in_order = sorted(view.recipients, key=lambda recipient: recipient.channel is Channel.SMS)
    return present(
        shipmentId=view.shipment_id,
        sendersReference=_reference(view.senders_reference),
        type=view.type.value,
        status=order_status_name(view.status),
        lastUpdate=format_instant(view.last_update),
        recipients=[
            {"type": "SMS" if recipient.channel is Channel.SMS else "Email", **_recipient(recipient)}
            for recipient in in_order
        ],
    )


def feed_entry(entry: FeedEntry) -> JsonObject:
    """Build one entry of the feed, whose recipients carry no type: the prefix of the status tells it."""
    view = entry.shipment
    return present(
        sequenceNumber=entry.sequence_number,
        shipmentId=view.shipment_id,
        sendersReference=view.senders_reference,
        shipmentType=view.type.value,
        status=order_status_name(view.status),
        lastUpdate=format_instant(view.last_update),
        recipients=[_recipient(recipient) for recipient in view.recipients],
    )


def log_entry(entry: LogEntry) -> JsonObject:
    """Build one entry of the log of a dialog; the result carries no channel prefix here."""
    return present(
        notificationId=entry.notification_id,
        dialogId=entry.dialog_id,
        transmissionId=entry.transmission_id,
        type=entry.type.value,
        channel="Sms" if entry.channel is Channel.SMS else "Email",
        destination=entry.destination,
        status=result_name(entry.channel, entry.result).partition("_")[2],
        requestedSendTime=format_instant(entry.requested_send_at),
        lastUpdateTime=format_instant(entry.last_update),
    )


def _shipment_receipt(receipt: ShipmentReceipt) -> JsonObject:
    return present(shipmentId=receipt.shipment_id, sendersReference=receipt.senders_reference)


def _recipient(recipient: RecipientStatus) -> JsonObject:
    return {
        "destination": recipient.destination,
        "status": result_name(recipient.channel, recipient.result),
        "lastUpdate": format_instant(recipient.last_update),
    }


def _reference(reference: str | None) -> str | None:
    return reference if reference and reference.strip() else None
