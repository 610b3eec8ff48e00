"""The public names of stored statuses and results; the two API versions have different names for some.

Answers hold them as text. Their types name the members for the OpenAPI document, which has one named
enumeration for each.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import WithJsonSchema

from shared.domain.orders.notification import EmailResult, SmsResult
from shared.domain.orders.order import Channel, OrderStatus

type V1OrderStatus = Literal[
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
_RESULTS: dict[Channel, list[str]] = {Channel.EMAIL: [*EmailResult], Channel.SMS: [*SmsResult]}


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


def _one_of(names: Iterable[str]) -> Any:
    return WithJsonSchema({"type": "string", "enum": list(dict.fromkeys(names))})


def _result_names() -> list[str]:
    return [result_name(channel, result) for channel, results in _RESULTS.items() for result in results]


def _all_results() -> list[str]:
    return [str(result) for results in _RESULTS.values() for result in results]


type ShipmentStatus = Annotated[str, _one_of(map(order_status_name, OrderStatus))]
type RecipientStatus = Annotated[str, _one_of(_result_names())]
type LogResult = Annotated[str, _one_of(name.partition("_")[2] for name in _result_names())]
type NotificationResult = Annotated[str, _one_of(map(v1_result_name, _all_results()))]
type StoredResult = Annotated[str, _one_of(_all_results())]
type RecipientType = Literal["SMS", "Email"]
type LogChannel = Literal["Email", "Sms"]
