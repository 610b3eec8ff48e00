"""The operations of version 2, and of the log of a dialog."""

from shared.contracts.answers import v2_answers as v2
from shared.contracts.answers.problems import ProblemCode
from shared.contracts.api_description import examples
from shared.contracts.api_description import operation as op
from shared.contracts.api_description.operation import Answer, Operation, bare, path, query
from shared.contracts.reading.wire_model import WireModel
from shared.contracts.requests.chain_models import OrderChain
from shared.contracts.requests.composed_models import ComposedOrder
from shared.contracts.requests.instant_request import DeprecatedInstantSms, InstantEmail, InstantSms
from shared.contracts.trace.answer import TraceAnswer

_TAG = "Version 2"
_PLACED: dict[int, Answer] = {
    201: Answer("Placed.", v2.ChainReceiptAnswer, examples.CHAIN_RECEIPT, headers=op.LOCATION),
    200: Answer(
        "The idempotency id is known: nothing was placed, and the receipt is the first one.",
        v2.ChainReceiptAnswer,
        examples.CHAIN_RECEIPT,
        headers={"Idempotency-Conflict": "`true` if the first request had another content."},
    ),
    400: op.INVALID,
    409: op.coded(
        "The idempotency id is known, the first request had other content, and `Prefer` asks for strictness.",
        ProblemCode.IDEMPOTENCY_CONFLICT,
    ),
}
_PREFER = op.header(
    "Prefer",
    "`handling=strict` refuses other content under a known idempotency id.",
    op.TEXT,
    required=False,
)
_NO_SHIPMENT = op.coded("No such shipment, or another owner's.", ProblemCode.SHIPMENT_NOT_FOUND)


def _instant(
    suffix: str, name: str, summary: str, body: type[WireModel], *, deprecated: bool = False
) -> Operation:
    where = f"{op.BASE}/future/orders/instant{suffix}"
    return Operation(
        "post", where, name, summary, _TAG, op.CREATE, _PLACED, body=body, parameters=[_PREFER],
        deprecated=deprecated,
    )  # fmt: skip


def _log(suffix: str, name: str, summary: str, security: op.Security, *, dialog_required: bool) -> Operation:
    return Operation(
        "get", f"{op.BASE}/future/{suffix}", name, summary, "Notification log", security,
        {200: Answer("The messages; may be none.", list[v2.LogEntryAnswer], examples.LOG), 400: op.INVALID},
        parameters=[
            query("dialogId", "The dialog.", op.UUID, required=dialog_required, example=examples.DIALOG_ID),
            query("transmissionId", "A transmission within the dialog, as the order named it.", op.TEXT),
        ],
    )  # fmt: skip


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "post", f"{op.BASE}/future/orders", "place_order",
        "Place an order for one recipient, with reminders", _TAG, op.CREATE,
        {**_PLACED, 422: op.coded("A recipient cannot be reached.", ProblemCode.MISSING_CONTACT)},
        body=OrderChain, parameters=[_PREFER],
    ),
    _instant("/sms", "send_instant_sms", "Send an SMS at once", InstantSms),
    _instant("/email", "send_instant_email", "Send an e-mail at once", InstantEmail),
    _instant("", "send_instant", "Send an SMS at once, in the old form", DeprecatedInstantSms,
             deprecated=True),
    Operation(
        "post", f"{op.BASE}/future/orders/composed-email", "place_composed_email",
        "Place an e-mail with files", _TAG, op.COMPOSED, _PLACED, body=ComposedOrder,
        parameters=[_PREFER],
    ),
    Operation(
        "put", f"{op.BASE}/future/orders/{{id}}/cancel", "cancel_chain",
        "Cancel an order and its reminders", _TAG, op.CREATE,
        {
            200: Answer("At least one is cancelled, now or before.", v2.ChainCancellationAnswer,
                        examples.CHAIN_CANCELLATION),
            404: _NO_SHIPMENT,
            409: bare("All have begun or begin too soon.", 409),
        },
        parameters=[path("id", "The `notificationOrderId` of a receipt.", examples.CHAIN_ID)],
    ),
    Operation(
        "get", f"{op.BASE}/future/shipment/{{id}}", "read_shipment",
        "Read where a shipment stands", _TAG, op.CREATE,
        {200: Answer("The shipment.", v2.ShipmentAnswer, examples.SHIPMENT), 404: _NO_SHIPMENT},
        parameters=[path("id", "A `shipmentId` of a receipt.", examples.SHIPMENT_ID)],
    ),
    Operation(
        "get", f"{op.BASE}/future/shipment/feed", "read_feed",
        "Read which shipments have ended", _TAG, op.CREATE,
        {
            200: Answer("A page of the feed; may be empty.", list[v2.FeedEntryAnswer], examples.FEED),
            400: op.INVALID,
            415: op.OTHER_TYPE,
        },
        parameters=[
            query("seq", "Entries after this number; before it when descending.",
                  {"type": "integer", "format": "int64", "minimum": 0, "default": 0}),
            query("pageSize",
                  "Clamped to what the service allows; a page with very large orders holds fewer entries.",
                  op.INT32),
            query("orderBy", "`Desc` without `seq` begins at the newest entry.",
                  {"type": "string", "enum": ["Asc", "Desc"], "default": "Asc"}),
        ],
    ),
    Operation(
        "get", f"{op.BASE}/future/shipment/{{id}}/trace", "read_trace",
        "Read what happened to a shipment and why", _TAG, op.CREATE,
        {200: Answer("The trace.", TraceAnswer, examples.TRACE), 404: _NO_SHIPMENT},
        parameters=[path("id", "A `shipmentId` of a receipt.", examples.SHIPMENT_ID)],
    ),
    _log("log", "read_log", "Read what the caller sent about a dialog", op.CREATE, dialog_required=False),
    _log("enduser/log", "read_end_user_log", "Read what was sent about a dialog, as the person it is about",
         op.PERSON, dialog_required=True),
)  # fmt: skip
