"""Every operation of the public API: who may call it, what it reads and what it answers."""

from shared.contracts.answers import dead_letter_answers as letters
from shared.contracts.answers import v1_notification_answers as notifications
from shared.contracts.answers import v1_order_answers as v1
from shared.contracts.answers import v2_answers as v2
from shared.contracts.answers.operations_answers import ReadinessAnswer, SendConditionAnswer
from shared.contracts.answers.problems import ApiKeyProblem, ProblemCode, ValidationProblem
from shared.contracts.answers.support_answers import SupportShipmentAnswer
from shared.contracts.api_description import examples
from shared.contracts.api_description import operation as op
from shared.contracts.api_description.operation import Answer, Operation, Schema, bare, path, query
from shared.contracts.reading.wire_model import WireModel
from shared.contracts.requests.chain_models import OrderChain
from shared.contracts.requests.composed_models import ComposedOrder
from shared.contracts.requests.instant_request import DeprecatedInstantSms, InstantEmail, InstantSms
from shared.contracts.requests.v1_models import V1EmailOrder, V1Order, V1SmsOrder
from shared.contracts.trace.answer import TraceAnswer

_ACCEPTED = Answer("Accepted.", v1.OrderCreatedAnswer, examples.ORDER_CREATED, location=True)
_CREATED = Answer("Placed.", v2.ChainReceiptAnswer, examples.CHAIN_RECEIPT, location=True)
_REPEATED = Answer(
    "The idempotency id is known; the receipt is the first one.",
    v2.ChainReceiptAnswer,
    examples.CHAIN_RECEIPT,
    headers={"Idempotency-Conflict": "true if the first request had another content."},
)
_CONFLICT = op.coded(
    "The idempotency id is known, the first request had another content, and strict handling is preferred.",
    ProblemCode.IDEMPOTENCY_CONFLICT,
)
_PREFER = op.header(
    "Prefer", "handling=strict refuses other content under a known idempotency id.", op.TEXT, required=False
)
_NO_CONTACT = op.coded("A recipient cannot be reached.", ProblemCode.MISSING_CONTACT)
_ORDER_ID = path("id", "An order's id, or a shipment id of version 2.")
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_HTML = "text/html"
_FORM: Schema = {
    "type": "object",
    "required": ["month", "year"],
    "properties": {
        "month": {"type": "integer", "minimum": 1, "maximum": 12},
        "year": {"type": "integer", "minimum": 1, "maximum": 9998},
    },
}


def _v1_create(suffix: str, name: str, summary: str, body: type[WireModel]) -> Operation:
    return Operation(
        "post", f"{op.BASE}/orders{suffix}", name, summary, "Version 1", op.CREATE,
        {202: _ACCEPTED, 400: op.INVALID}, body=body,
    )  # fmt: skip


def _v1_read(suffix: str, name: str, summary: str, answer: Answer) -> Operation:
    return Operation(
        "get", f"{op.BASE}/orders/{{id}}{suffix}", name, summary, "Version 1", op.CREATE,
        {200: answer, 400: op.INVALID, 404: op.NO_ORDER}, parameters=[_ORDER_ID],
    )  # fmt: skip


def _instant(
    suffix: str, name: str, summary: str, body: type[WireModel], *, deprecated: bool = False
) -> Operation:
    return Operation(
        "post", f"{op.BASE}/future/orders/instant{suffix}", name, summary, "Version 2", op.CREATE,
        {201: _CREATED, 200: _REPEATED, 400: op.INVALID, 409: _CONFLICT},
        body=body, parameters=[_PREFER], deprecated=deprecated,
    )  # fmt: skip


def _digits(count: int) -> Schema:
    return {"type": "string", "pattern": f"^[0-9]{{{count}}}$"}


def _dashboard(
    suffix: str, name: str, header_name: str, sought: Schema, off: Answer | None = None
) -> Operation:
    return Operation(
        "get", f"{op.BASE}/future/dashboard/recipients/notifications/{suffix}", name,
        "Find what was sent to a recipient, by any owner.", "Support", op.BEARER,
        {
            200: Answer("Newest first.", list[SupportShipmentAnswer], examples.SUPPORT),
            400: op.INVALID,
            **({} if off is None else {404: off}),
        },
        parameters=[
            op.header(header_name, "What to look for, kept out of access logs.", sought),
            query("from", "Earliest requested send time, inclusive; 7 days ago by default.", _INSTANT),
            query("to", "Latest requested send time, exclusive; now by default.", _INSTANT),
        ],
    )  # fmt: skip


def _log(suffix: str, name: str, summary: str, *, dialog_required: bool) -> Operation:
    security = op.CREATE if not dialog_required else op.BEARER
    return Operation(
        "get", f"{op.BASE}/future/{suffix}", name, summary, "Notification log", security,
        {200: Answer("May be empty.", list[v2.LogEntryAnswer], examples.LOG), 400: op.INVALID},
        parameters=[
            query("dialogId", "The dialog, a UUID.", op.UUID, required=dialog_required),
            query("transmissionId", "A transmission within the dialog.", op.TEXT),
        ],
    )  # fmt: skip


def _metrics_file(channel: str) -> Operation:
    file = Answer(
        "A parquet file; X-File-Hash, X-File-Size and X-Total-FileTransfer-Count describe it.",
        media_type="application/octet-stream",
    )
    refused = Answer("The key is missing or wrong.", ApiKeyProblem, examples.API_KEY_PROBLEM)
    return Operation(
        "post", f"{op.BASE}/metrics/{channel}", f"metrics_{channel}",
        f"Yesterday's {channel} results, UTC.", "Metrics", op.API_KEY, {200: file, 401: refused},
    )  # fmt: skip


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "post", f"{op.BASE}/future/orders", "place_order",
        "Place an order for one recipient, with reminders.", "Version 2", op.CREATE,
        {201: _CREATED, 200: _REPEATED, 400: op.INVALID, 409: _CONFLICT, 422: _NO_CONTACT},
        body=OrderChain, parameters=[_PREFER],
    ),
    _instant("/sms", "send_instant_sms", "Send an SMS at once.", InstantSms),
    _instant("/email", "send_instant_email", "Send an e-mail at once.", InstantEmail),
    _instant("", "send_instant", "Send an SMS at once, in the old form.", DeprecatedInstantSms,
             deprecated=True),
    Operation(
        "post", f"{op.BASE}/future/orders/composed-email", "place_composed_email",
        "Place an e-mail with attachments.", "Version 2", op.BEARER,
        {201: _CREATED, 200: _REPEATED, 400: op.INVALID, 409: _CONFLICT},
        body=ComposedOrder, parameters=[_PREFER],
    ),
    Operation(
        "put", f"{op.BASE}/future/orders/{{id}}/cancel", "cancel_chain",
        "Cancel the orders of a chain that begin later than in five minutes.", "Version 2", op.CREATE,
        {
            200: Answer("At least one is cancelled, now or before.", v2.ChainCancellationAnswer,
                        examples.CHAIN_CANCELLATION),
            404: op.NO_SHIPMENT,
            409: bare("All have begun or begin too soon.", 409),
        },
        parameters=[path("id", "The notificationOrderId of a receipt.")],
    ),
    Operation(
        "get", f"{op.BASE}/future/shipment/{{id}}", "read_shipment",
        "Where a shipment stands.", "Version 2", op.CREATE,
        {200: Answer("The shipment.", v2.ShipmentAnswer, examples.SHIPMENT), 404: op.NO_SHIPMENT},
        parameters=[path("id", "A shipment's id.")],
    ),
    Operation(
        "get", f"{op.BASE}/future/shipment/{{id}}/trace", "read_trace",
        "What happened to a shipment, where it stands and why, and what happens next; in English or, by "
        "Accept-Language (nb, nn, no), in bokmål. For its owner, and for support with its own scope.",
        "Version 2", op.CREATE,
        {200: Answer("The trace.", TraceAnswer, examples.TRACE), 404: op.NO_SHIPMENT},
        parameters=[path("id", "A shipment's id.")],
    ),
    Operation(
        "get", f"{op.BASE}/future/shipment/feed", "read_feed",
        "Ended shipments in order; pass the last sequenceNumber on as seq.", "Version 2", op.CREATE,
        {
            200: Answer("A page.", list[v2.FeedEntryAnswer], examples.FEED),
            400: op.INVALID,
            415: op.OTHER_TYPE,
        },
        parameters=[
            query("seq", "Entries after this number; before it when descending.",
                   {"type": "integer", "format": "int64", "minimum": 0, "default": 0}),
            query("pageSize",
                   "Clamped to what the service allows; a page with very large orders holds fewer entries.",
                   op.INT32),
            query("orderBy", "Direction.", {"type": "string", "enum": ["Asc", "Desc"], "default": "Asc"}),
        ],
    ),
    _v1_create("", "place_v1_order", "Place an order on a chosen channel.", V1Order),
    _v1_create("/email", "place_v1_email_order", "Place an order for e-mail.", V1EmailOrder),
    _v1_create("/sms", "place_v1_sms_order", "Place an order for SMS.", V1SmsOrder),
    Operation(
        "get", f"{op.BASE}/orders", "find_v1_orders", "Orders by reference.", "Version 1", op.CREATE,
        {200: Answer("Oldest first.", v1.OrderListAnswer, {"count": 0, "orders": []}), 400: op.INVALID},
        parameters=[query("sendersReference", "Compared exactly.", op.TEXT, required=True)],
    ),
    _v1_read("", "read_v1_order_by_id", "An order as it was accepted.",
             Answer("The order.", v1.OrderAnswer, examples.ORDER)),
    _v1_read("/status", "read_v1_order_status", "Where an order stands.",
             Answer("The status.", v1.OrderStatusAnswer, examples.ORDER_STATUS)),
    _v1_read("/notifications/email", "list_v1_emails", "The e-mails of an order.",
             Answer("The e-mails.", notifications.NotificationListAnswer, examples.NOTIFICATIONS)),
    _v1_read("/notifications/sms", "list_v1_sms", "The SMS of an order.",
             Answer("The SMS.", notifications.NotificationListAnswer, examples.NOTIFICATIONS)),
    Operation(
        "put", f"{op.BASE}/orders/{{id}}/cancel", "cancel_v1_order",
        "Cancel an order that begins later than in five minutes.", "Version 1", op.CREATE,
        {
            200: Answer("Cancelled, now or before.", v1.OrderStatusAnswer, examples.ORDER_STATUS),
            400: op.INVALID,
            404: bare("No such order, or another owner's.", 404),
            409: bare("It has begun or begins too soon.", 409),
        },
        parameters=[path("id", "As above, or a notificationOrderId: then its reminders are cancelled, too.")],
    ),
    _log("log", "read_log", "Notifications of the caller's orders for a dialog; to support, of all orders.",
         dialog_required=False),
    _log("enduser/log", "read_end_user_log", "Notifications of a dialog, for the person it is about.",
         dialog_required=True),
    _dashboard("nin", "find_by_national_identity_number", "NationalIdentityNumber", _digits(11)),
    _dashboard("orgnumber", "find_by_organization_number", "OrganizationNumber", _digits(9)),
    _dashboard("email", "find_by_email_address", "EmailAddress", {"type": "string", "format": "email"},
               off=bare("The setting is off.", 404)),
    Operation(
        "get", f"{op.BASE}/future/dashboard/dead-letters", "list_dead_letters",
        "Messages that no handler could process.", "Support", op.BEARER,
        {200: Answer("Newest first.", letters.DeadLetterPageAnswer, examples.DEAD_LETTERS), 400: op.INVALID},
        parameters=[
            query("queue", "One queue, such as sms-send; all of them by default.", op.TEXT),
            query("pageSize", "At most 200; 50 by default.", op.INT32),
            query("continuationToken", "The token of the page before.", op.TEXT),
        ],
    ),
    Operation(
        "post", f"{op.BASE}/future/dashboard/dead-letters/{{queue}}/{{id}}/replay", "replay_dead_letter",
        "Send a message to its queue again; safe to repeat.", "Support", op.BEARER,
        {
            202: Answer("It is on its queue.", letters.DeadLetterAnswer, examples.DEAD_LETTER),
            400: Answer("It was too large to be kept.", ValidationProblem, examples.VALIDATION_PROBLEM),
            404: bare("No such message.", 404),
        },
        parameters=[path("queue", "Its queue.", op.TEXT), path("id", "Its id.", op.TEXT)],
    ),
    _metrics_file("sms"),
    _metrics_file("email"),
    Operation(
        "get", f"{op.BASE}/metrics", "show_metrics_form", "A form that asks for a month.", "Metrics",
        op.KEY_OR_BEARER, {200: Answer("A page.", media_type=_HTML)},
    ),
    Operation(
        "post", f"{op.BASE}/metrics", "show_metrics", "The counts of a month per organisation.", "Metrics",
        op.KEY_OR_BEARER, {200: Answer("A page.", media_type=_HTML), 400: op.INVALID},
        other_body={"application/x-www-form-urlencoded": _FORM},
    ),
    Operation(
        "post", "/notifications/sms/api/v1/reports", "receive_sms_reports",
        "Delivery reports of the SMS gateway.", "Webhook", op.WEBHOOK,
        {
            200: Answer("Every report is on the queue.", media_type="application/xml"),
            400: Answer("Not a report; the text says why.", media_type="text/plain"),
        },
        other_body={"application/xml": {"type": "string", "example": examples.SMS_REPORT}},
    ),
    Operation(
        "get", f"{op.BASE}/tests/sendcondition", "test_send_condition",
        "A condition endpoint for tests; its answer is in the query.", "Operations", op.OPEN,
        {
            200: Answer("Whether to send.", SendConditionAnswer, {"sendNotification": True}),
            404: Answer("The setting is off."),
            415: op.OTHER_TYPE,
        },
        parameters=[query("conditionMet", "Anything but true means false.", {"type": "boolean"})],
    ),
    Operation(
        "get", "/health", "health", "Whether the process serves requests.", "Operations", op.OPEN,
        {200: Answer("Healthy", media_type="text/plain")},
    ),
    Operation(
        "get", "/health/ready", "ready", "Whether all dependencies can be used.", "Operations", op.OPEN,
        {
            200: Answer("They can.", ReadinessAnswer, examples.READY),
            503: Answer("At least one cannot.", ReadinessAnswer, examples.NOT_READY, headers=op.RETRY_AFTER),
        },
    ),
)  # fmt: skip
