"""The public names of stored statuses and results; the two API versions have different names for some."""

from typing import Literal

from shared.domain.orders.order import Channel, OrderStatus

V1OrderStatus = Literal[
    OrderStatus.REGISTERED,
    OrderStatus.PROCESSING,
    OrderStatus.COMPLETED,
    OrderStatus.SEND_CONDITION_NOT_MET,
    OrderStatus.CANCELLED,
]

_NAMES = {
    Channel.EMAIL: {
        "Failed_InvalidEmailFormat": "Failed_InvalidFormat",
        "Failed_SupressedRecipient": "Failed_SuppressedRecipient",
        "Failed_UnknownSender": "Failed",
    },
    Channel.SMS: {"Failed_UnknownSender": "Failed"},
}
_PREFIXES = {Channel.EMAIL: "Email", Channel.SMS: "SMS"}
_V1_NAMES = {"Failed_TTL": "Failed", "Failed_UnknownSender": "Failed"}


def order_status_name(status: OrderStatus) -> str:
    """Return the name of an order status in shipments and in the feed: `Order_Processed`."""
    return f"Order_{status.value}"


def result_name(channel: Channel, result: str) -> str:
    """Return the name of a stored result in shipments and in the feed: `SMS_Delivered`."""
    return f"{_PREFIXES[channel]}_{_NAMES[channel].get(result, result)}"


def v1_order_status_name(status: OrderStatus) -> V1OrderStatus:
    """Return the status of an order as version 1 shows it: its clients know no `Processed`."""
    return OrderStatus.COMPLETED if status is OrderStatus.PROCESSED else status


def v1_result_name(result: str) -> str:
    """Return the name of a stored result in version 1, whose clients know fewer of them."""
    return _V1_NAMES.get(result, str(result))
