"""Every operation of the public API, for the OpenAPI document: who may call it, what it reads and answers."""

from dataclasses import dataclass, field
from typing import Any

from shared.contracts.api_description import answers as a
from shared.contracts.api_description import examples
from shared.contracts.reading.wire_model import WireModel
from shared.contracts.requests.chain_models import OrderChain
from shared.contracts.requests.composed_models import ComposedOrder
from shared.contracts.requests.instant_request import DeprecatedInstantSms, InstantEmail, InstantSms
from shared.contracts.requests.v1_models import V1EmailOrder, V1Order, V1SmsOrder

BASE = "/notifications/api/v1"
SMS_BASE = "/notifications/sms/api/v1"

type Schema = dict[str, Any]

CREATE: list[dict[str, list[str]]] = [{"bearer": []}, {"platformToken": []}]
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
API_KEY: list[dict[str, list[str]]] = [{"apiKey": []}]
KEY_OR_BEARER: list[dict[str, list[str]]] = [{"apiKey": []}, {"bearer": []}]
WEBHOOK: list[dict[str, list[str]]] = [{"basic": []}]
NOBODY: list[dict[str, list[str]]] = []


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer: the type of its JSON (None: no body), or another media type."""

    description: str
    shape: Any = None
    example: Any = None
    media_type: str = "application/json"
    location: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answers` holds what is particular; errors common to all are added."""

    method: str
    path: str
    name: str
    summary: str
    tag: str
    security: list[dict[str, list[str]]]
    answers: dict[int, Answer]
    body: type[WireModel] | None = None
    example: Any = None
    parameters: list[Schema] = field(default_factory=list)
    deprecated: bool = False
    other_body: dict[str, Schema] | None = None


def _path(name: str, description: str, schema: Schema | None = None) -> Schema:
    schema = schema or {"type": "string", "format": "uuid"}
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _query(name: str, description: str, schema: Schema, *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


def _header(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


_TEXT: Schema = {"type": "string"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_INVALID = Answer("The request breaks rules.", a.ValidationProblem, examples.VALIDATION_PROBLEM)
_OTHER_TYPE = Answer("The request names a type other than JSON.", a.BareProblem, examples.bare(415))
_ACCEPTED = Answer("Accepted.", a.OrderCreatedAnswer, examples.ORDER_CREATED, location=True)
_CREATED = Answer("Placed.", a.ChainReceiptAnswer, examples.CHAIN_RECEIPT, location=True)
_REPEATED = Answer(
    "The idempotency id is known: the first receipt.", a.ChainReceiptAnswer, examples.CHAIN_RECEIPT
)
_NO_CONTACT = Answer("A recipient cannot be reached.", a.CodedProblem, examples.problem("NOT-00001"))
_NO_ORDER = Answer("No such order, or another owner's.")
_NO_SHIPMENT = Answer("No such shipment, or another owner's.", a.CodedProblem, examples.problem("NOT-00003"))
_ORDER_ID = _path("id", "An order's id, or a shipment id of version 2.")


def _v1_create(suffix: str, name: str, summary: str, body: type[WireModel], example: Any) -> Operation:
    return Operation(
        "post", f"{BASE}/orders{suffix}", name, summary, "Version 1", CREATE,
        {202: _ACCEPTED, 400: _INVALID}, body=body, example=example,
    )  # fmt: skip


def _v1_read(suffix: str, name: str, summary: str, answer: Answer) -> Operation:
    return Operation(
        "get", f"{BASE}/orders/{{id}}{suffix}", name, summary, "Version 1", CREATE,
        {200: answer, 400: _INVALID, 404: _NO_ORDER}, parameters=[_ORDER_ID],
    )  # fmt: skip


def _instant(
    suffix: str, name: str, summary: str, body: type[WireModel], example: Any, *, deprecated: bool = False
) -> Operation:
    return Operation(
        "post", f"{BASE}/future/orders/instant{suffix}", name, summary, "Version 2", CREATE,
        {201: _CREATED, 200: _REPEATED, 400: _INVALID},
        body=body, example=example, deprecated=deprecated,
    )  # fmt: skip


def _dashboard(suffix: str, name: str, header: str, digits: int) -> Operation:
    identifier: Schema = {"type": "string", "pattern": f"^[0-9]{{{digits}}}$"}
    return Operation(
        "get", f"{BASE}/future/dashboard/recipients/notifications/{suffix}", name,
        "Find what was sent to a person or organisation, whoever sent it.", "Support", BEARER,
        {200: Answer("Newest first.", list[a.SupportShipmentAnswer], examples.SUPPORT), 400: _INVALID},
        parameters=[
            _header(header, "Whom to look for; a header stays out of access logs.", identifier),
            _query("from", "Earliest requested send time, inclusive; 7 days ago by default.", _INSTANT),
            _query("to", "Latest requested send time, exclusive; now by default.", _INSTANT),
        ],
    )  # fmt: skip


def _log(path: str, name: str, summary: str, *, dialog_required: bool) -> Operation:
    security = CREATE if not dialog_required else BEARER
    return Operation(
        "get", f"{BASE}/future/{path}", name, summary, "Notification log", security,
        {200: Answer("May be empty.", list[a.LogEntryAnswer], examples.LOG), 400: _INVALID},
        parameters=[
            _query("dialogId", "The dialog, a UUID.", {"type": "string", "format": "uuid"},
                   required=dialog_required),
            _query("transmissionId", "A transmission within the dialog.", _TEXT),
        ],
    )  # fmt: skip


def _metrics_file(channel: str) -> Operation:
    file = Answer(
        "A parquet file; X-File-Hash, X-File-Size and X-Total-FileTransfer-Count describe it.",
        media_type="application/octet-stream",
    )
    refused = Answer("The key is missing or wrong.", a.ApiKeyProblem, {"error": "Invalid API key"})
    return Operation(
        "post", f"{BASE}/metrics/{channel}", f"metrics_{channel}",
        f"Yesterday's {channel} results, UTC.", "Metrics", API_KEY, {200: file, 401: refused},
    )  # fmt: skip


_HTML = "text/html"
_FORM: Schema = {
    "type": "object",
    "required": ["month", "year"],
    "properties": {
        "month": {"type": "integer", "minimum": 1, "maximum": 12},
        "year": {"type": "integer", "minimum": 1, "maximum": 9998},
    },
}
_READY = {"status": "Healthy", "checks": {"storage": "Healthy", "serviceBus": "Healthy"}}
_NOT_READY = {"status": "Unhealthy", "checks": {"storage": "Unhealthy", "serviceBus": "Healthy"}}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "post", f"{BASE}/future/orders", "place_order",
        "Place an order for one recipient, with reminders.", "Version 2", CREATE,
        {201: _CREATED, 200: _REPEATED, 400: _INVALID, 422: _NO_CONTACT},
        body=OrderChain, example=examples.ORDER_CHAIN,
    ),
    _instant("/sms", "send_instant_sms", "Send an SMS at once.", InstantSms, examples.INSTANT_SMS),
    _instant("/email", "send_instant_email", "Send an e-mail at once.", InstantEmail, examples.INSTANT_EMAIL),
    _instant("", "send_instant", "Send an SMS at once, in the old form.", DeprecatedInstantSms,
             examples.DEPRECATED_INSTANT, deprecated=True),
    Operation(
        "post", f"{BASE}/future/orders/composed-email", "place_composed_email",
        "Place an e-mail with attachments.", "Version 2", BEARER,
        {201: _CREATED, 200: _REPEATED, 400: _INVALID},
        body=ComposedOrder, example=examples.COMPOSED,
    ),
    Operation(
        "put", f"{BASE}/future/orders/{{id}}/cancel", "cancel_chain",
        "Cancel what of an order and its reminders begins in more than five minutes.", "Version 2", CREATE,
        {
            200: Answer("At least one is cancelled, now or before.", a.ChainCancellationAnswer,
                        examples.CHAIN_CANCELLATION),
            404: Answer("No such order, or another owner's.", a.CodedProblem, examples.problem("NOT-00003")),
            409: Answer("All have begun, or begin too soon.", a.BareProblem, examples.bare(409)),
        },
        parameters=[_path("id", "The notificationOrderId of a receipt.")],
    ),
    Operation(
        "get", f"{BASE}/future/shipment/{{id}}", "read_shipment",
        "Where a shipment stands.", "Version 2", CREATE,
        {200: Answer("The shipment.", a.ShipmentAnswer, examples.SHIPMENT), 404: _NO_SHIPMENT},
        parameters=[_path("id", "A shipment's id.")],
    ),
    Operation(
        "get", f"{BASE}/future/shipment/feed", "read_feed",
        "Ended shipments in order; pass the last sequenceNumber on as seq.", "Version 2", CREATE,
        {
            200: Answer("A page.", list[a.FeedEntryAnswer], examples.FEED),
            400: _INVALID,
            415: _OTHER_TYPE,
        },
        parameters=[
            _query("seq", "Entries after this number; before it when descending.",
                   {"type": "integer", "format": "int64", "minimum": 0, "default": 0}),
            _query("pageSize",
                   "Clamped to what the service allows; a page with very large orders holds fewer entries.",
                   {"type": "integer", "format": "int32"}),
            _query("orderBy", "Direction.", {"type": "string", "enum": ["Asc", "Desc"], "default": "Asc"}),
        ],
    ),
    _v1_create("", "place_v1_order", "Place an order on a chosen channel.", V1Order, examples.V1_ORDER),
    _v1_create("/email", "place_v1_email_order", "Place an order for e-mail.", V1EmailOrder,
               examples.V1_EMAIL),
    _v1_create("/sms", "place_v1_sms_order", "Place an order for SMS.", V1SmsOrder, examples.V1_SMS),
    Operation(
        "get", f"{BASE}/orders", "find_v1_orders", "Orders with a sender's reference.", "Version 1", CREATE,
        {200: Answer("Oldest first.", a.OrderListAnswer, {"count": 0, "orders": []}), 400: _INVALID},
        parameters=[_query("sendersReference", "Compared exactly.", _TEXT, required=True)],
    ),
    _v1_read("", "read_v1_order_by_id", "An order as it was accepted.",
             Answer("The order.", a.OrderAnswer, examples.ORDER)),
    _v1_read("/status", "read_v1_order_status", "Where an order stands.",
             Answer("The status.", a.OrderStatusAnswer, examples.ORDER_STATUS)),
    _v1_read("/notifications/email", "list_v1_emails", "The e-mails of an order.",
             Answer("The e-mails.", a.NotificationListAnswer, examples.NOTIFICATIONS)),
    _v1_read("/notifications/sms", "list_v1_sms", "The SMS of an order.",
             Answer("The SMS.", a.NotificationListAnswer, examples.NOTIFICATIONS)),
    Operation(
        "put", f"{BASE}/orders/{{id}}/cancel", "cancel_v1_order",
        "Cancel an order that begins in more than five minutes.", "Version 1", CREATE,
        {
            200: Answer("Cancelled, now or before.", a.OrderStatusAnswer, examples.ORDER_STATUS),
            400: _INVALID,
            404: Answer("No such order, or another owner's.", a.BareProblem, examples.bare(404)),
            409: Answer("It has begun, or begins too soon.", a.BareProblem, examples.bare(409)),
        },
        parameters=[_ORDER_ID],
    ),
    _log("log", "read_log", "Notifications of the caller's orders for a dialog.", dialog_required=False),
    _log("enduser/log", "read_end_user_log", "Notifications of a dialog, for the person it is about.",
         dialog_required=True),
    _dashboard("nin", "find_by_national_identity_number", "NationalIdentityNumber", 11),
    _dashboard("orgnumber", "find_by_organization_number", "OrganizationNumber", 9),
    Operation(
        "get", f"{BASE}/future/dashboard/dead-letters", "list_dead_letters",
        "Messages that no handler could process.", "Support", BEARER,
        {200: Answer("Newest first.", a.DeadLetterPageAnswer, examples.DEAD_LETTERS), 400: _INVALID},
        parameters=[
            _query("queue", "One queue, such as sms-send; all of them by default.", _TEXT),
            _query("pageSize", "At most 200; 50 by default.", {"type": "integer", "format": "int32"}),
            _query("continuationToken", "From the page before this one.", _TEXT),
        ],
    ),
    Operation(
        "post", f"{BASE}/future/dashboard/dead-letters/{{queue}}/{{id}}/replay", "replay_dead_letter",
        "Send a message to its queue again; safe to repeat.", "Support", BEARER,
        {
            202: Answer("On its queue.", a.DeadLetterAnswer, examples.DEAD_LETTER),
            400: Answer("Too large to have been kept.", a.ValidationProblem, examples.VALIDATION_PROBLEM),
            404: Answer("No such message.", a.BareProblem, examples.bare(404)),
        },
        parameters=[
            _path("queue", "Its queue.", _TEXT),
            _path("id", "Its id.", _TEXT),
        ],
    ),
    _metrics_file("sms"),
    _metrics_file("email"),
    Operation(
        "get", f"{BASE}/metrics", "show_metrics_form", "A form that asks for a month.", "Metrics",
        KEY_OR_BEARER, {200: Answer("A page.", media_type=_HTML)},
    ),
    Operation(
        "post", f"{BASE}/metrics", "show_metrics", "What was counted per organisation in a month.", "Metrics",
        KEY_OR_BEARER, {200: Answer("A page.", media_type=_HTML), 400: _INVALID},
        other_body={"application/x-www-form-urlencoded": _FORM},
    ),
    Operation(
        "post", f"{SMS_BASE}/reports", "receive_sms_reports",
        "Delivery reports of the SMS gateway.", "Webhook", WEBHOOK,
        {
            200: Answer("Every report is on the queue.", media_type="application/xml"),
            400: Answer("Not a report; says why.", media_type="text/plain"),
        },
        other_body={"application/xml": {"type": "string", "example": examples.SMS_REPORT}},
    ),
    Operation(
        "get", f"{BASE}/tests/sendcondition", "test_send_condition",
        "A condition endpoint that answers what it is told, where a setting serves it.", "Operations", NOBODY,
        {
            200: Answer("Whether to send.", a.SendConditionAnswer, {"sendNotification": True}),
            404: Answer("Not served here."),
            415: _OTHER_TYPE,
        },
        parameters=[_query("conditionMet", "Anything but true means false.", {"type": "boolean"})],
    ),
    Operation(
        "get", "/health", "health", "Whether the process serves requests.", "Operations", NOBODY,
        {200: Answer("Healthy", media_type="text/plain")},
    ),
    Operation(
        "get", "/health/ready", "ready", "Whether what the app depends on can be used.", "Operations", NOBODY,
        {
            200: Answer("It can.", a.ReadinessAnswer, _READY),
            503: Answer("It cannot.", a.ReadinessAnswer, _NOT_READY),
        },
    ),
)  # fmt: skip
