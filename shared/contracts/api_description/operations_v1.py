"""The operations of version 1."""

from shared.contracts.answers import v1_notification_answers as notifications
from shared.contracts.answers import v1_order_answers as v1
from shared.contracts.api_description import examples
from shared.contracts.api_description import operation as op
from shared.contracts.api_description.operation import Answer, Operation, bare, path, query
from shared.contracts.reading.wire_model import WireModel
from shared.contracts.requests.v1_models import V1EmailOrder, V1Order, V1SmsOrder

_TAG = "Version 1"
_ACCEPTED = Answer("Accepted.", v1.OrderCreatedAnswer, examples.ORDER_CREATED, headers=op.LOCATION)
_NO_ORDER = "No such order, or another owner's."
_ORDER_ID = path("id", "An `orderId`, or a `shipmentId` of version 2.", examples.SHIPMENT_ID)


def _create(suffix: str, name: str, summary: str, body: type[WireModel]) -> Operation:
    answers = {202: _ACCEPTED, 400: op.INVALID}
    return Operation("post", f"{op.BASE}/orders{suffix}", name, summary, _TAG, op.CREATE, answers, body=body)


def _read(suffix: str, name: str, summary: str, answer: Answer) -> Operation:
    return Operation(
        "get", f"{op.BASE}/orders/{{id}}{suffix}", name, summary, _TAG, op.CREATE,
        {200: answer, 400: op.INVALID, 404: Answer(_NO_ORDER)}, parameters=[_ORDER_ID],
    )  # fmt: skip


OPERATIONS: tuple[Operation, ...] = (
    _create("", "place_v1_order", "Place an order on a chosen channel", V1Order),
    _create("/email", "place_v1_email_order", "Place an order for e-mail", V1EmailOrder),
    _create("/sms", "place_v1_sms_order", "Place an order for SMS", V1SmsOrder),
    Operation(
        "get", f"{op.BASE}/orders", "find_v1_orders", "Find orders by reference", _TAG, op.CREATE,
        {
            200: Answer("The orders, oldest first; may be none.", v1.OrderListAnswer,
                        v1.order_list([examples.ORDER])),
            400: op.INVALID,
        },
        parameters=[
            query("sendersReference", "Compared exactly.", op.TEXT, required=True, example="case-99")
        ],
    ),
    _read("", "read_v1_order_by_id", "Read an order",
          Answer("The order.", v1.OrderAnswer, examples.ORDER)),
    _read("/status", "read_v1_order_status", "Read where an order stands",
          Answer("The status.", v1.OrderStatusAnswer, examples.ORDER_STATUS)),
    _read("/notifications/email", "list_v1_emails", "List the e-mails of an order",
          Answer("The e-mails.", notifications.NotificationListAnswer, examples.NOTIFICATIONS)),
    _read("/notifications/sms", "list_v1_sms", "List the SMS of an order",
          Answer("The SMS.", notifications.NotificationListAnswer, examples.NOTIFICATIONS)),
    Operation(
        "put", f"{op.BASE}/orders/{{id}}/cancel", "cancel_v1_order",
        "Cancel an order that begins later than in five minutes", _TAG, op.CREATE,
        {
            200: Answer("Cancelled, now or before.", v1.OrderStatusAnswer, examples.ORDER_STATUS),
            400: op.INVALID,
            404: bare(_NO_ORDER, 404),
            409: bare("It has begun or begins too soon.", 409),
        },
        parameters=[
            path("id", "As above, or a `notificationOrderId`: then its reminders are cancelled, too.",
                 examples.SHIPMENT_ID)
        ],
    ),
)  # fmt: skip
