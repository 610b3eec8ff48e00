"""Every operation of the public API: who may call it, what it reads and what it answers."""

from shared.contracts.answers import dead_letter_answers as letters
from shared.contracts.answers.operations_answers import ReadinessAnswer, SendConditionAnswer
from shared.contracts.answers.problems import ApiKeyProblem, ValidationProblem
from shared.contracts.answers.support_answers import SupportShipmentAnswer
from shared.contracts.api_description import (
    examples,
    operations_previews,
    operations_v1,
    operations_v2,
    operations_webhooks,
)
from shared.contracts.api_description import operation as op
from shared.contracts.api_description.operation import Answer, Operation, Schema, bare, path, query

_INSTANT: Schema = {"type": "string", "format": "date-time"}
_HTML = "text/html"
_FORM: Schema = {
    "type": "object",
    "description": "A month.",
    "required": ["month", "year"],
    "properties": {
        "month": {"type": "integer", "minimum": 1, "maximum": 12, "description": "The month of the year."},
        "year": {"type": "integer", "minimum": 1, "maximum": 9998, "description": "The year."},
    },
}
_FILE_HEADERS = {
    "X-File-Hash": "The hash of the file, in base64.",
    "X-File-Size": "The size of the file in bytes.",
    "X-Total-FileTransfer-Count": "How many messages the file lists.",
}
_TRUNCATED = {"X-Result-Truncated": "`true` if there are more shipments than the answer holds."}


def _dashboard(suffix: str, name: str, summary: str, header: Schema, off: Answer | None = None) -> Operation:
    found = Answer(
        "The shipments, newest first; may be none.",
        list[SupportShipmentAnswer],
        examples.SUPPORT,
        headers=_TRUNCATED,
    )
    return Operation(
        "get", f"{op.BASE}/future/dashboard/recipients/notifications/{suffix}", name, summary, "Support",
        op.SUPPORT, {200: found, 400: op.INVALID, **({} if off is None else {404: off})},
        parameters=[
            header,
            query("from", "Earliest requested send time, inclusive; 7 days ago by default.", _INSTANT),
            query("to", "Latest requested send time, exclusive; now by default.", _INSTANT),
        ],
    )  # fmt: skip


def _number(name: str, digits: int, example: str) -> Schema:
    schema: Schema = {"type": "string", "pattern": f"^[0-9]{{{digits}}}$"}
    return op.header(name, "The number to look for. A header keeps it out of access logs.", schema,
                     example=example)  # fmt: skip


def _metrics_file(channel: str, what: str) -> Operation:
    file = Answer(
        "A parquet file; the headers describe it.",
        media_type="application/octet-stream",
        headers=_FILE_HEADERS,
    )
    refused = Answer("The key is missing or wrong.", ApiKeyProblem, examples.API_KEY_PROBLEM)
    return Operation(
        "post", f"{op.BASE}/metrics/{channel}", f"metrics_{channel}", f"Fetch yesterday's {what}", "Metrics",
        op.API_KEY, {200: file, 401: refused},
    )  # fmt: skip


OPERATIONS: tuple[Operation, ...] = (
    *operations_v2.OPERATIONS,
    *operations_webhooks.OPERATIONS,
    *operations_v1.OPERATIONS,
    *operations_previews.OPERATIONS,
    _dashboard("nin", "find_by_national_identity_number", "Find what a person was sent",
               _number("NationalIdentityNumber", 11, examples.PERSON)),
    _dashboard("orgnumber", "find_by_organization_number", "Find what an organisation was sent",
               _number("OrganizationNumber", 9, examples.ORGANIZATION)),
    _dashboard("email", "find_by_email_address", "Find what an e-mail address was sent",
               op.header("EmailAddress", "The address to look for. A header keeps it out of access logs.",
                         {"type": "string", "format": "email"}, example="kari.nordmann@example.no"),
               off=bare("The setting is off.", 404)),
    Operation(
        "get", f"{op.BASE}/future/dashboard/dead-letters", "list_dead_letters",
        "List messages that no handler could process", "Support", op.SUPPORT,
        {
            200: Answer("A page, newest first; may be empty.", letters.DeadLetterPageAnswer,
                        examples.DEAD_LETTERS),
            400: op.INVALID,
        },
        parameters=[
            query("queue", "One queue, such as `sms-send`; all of them by default.", op.TEXT),
            query("pageSize", "At most 200; 50 by default.", op.INT32),
            query("continuationToken", "The token of the page before.", op.TEXT),
        ],
    ),
    Operation(
        "post", f"{op.BASE}/future/dashboard/dead-letters/{{queue}}/{{id}}/replay", "replay_dead_letter",
        "Send a message to its queue again", "Support", op.SUPPORT,
        {
            202: Answer("It is on its queue.", letters.DeadLetterAnswer, examples.DEAD_LETTER),
            400: Answer("It was too large to be kept.", ValidationProblem, examples.VALIDATION_PROBLEM),
            404: bare("No such message.", 404),
        },
        parameters=[
            path("queue", "The queue that it was on.", examples.DEAD_LETTER["queue"], op.TEXT),
            path("id", "The id of the message.", examples.DEAD_LETTER["id"], op.TEXT),
        ],
    ),
    _metrics_file("sms", "SMS"),
    _metrics_file("email", "e-mails"),
    Operation(
        "get", f"{op.BASE}/metrics", "show_metrics_form", "Ask for the counts of a month", "Metrics",
        op.SUPPORT_OR_KEY, {200: Answer("A page with a form.", media_type=_HTML)},
    ),
    Operation(
        "post", f"{op.BASE}/metrics", "show_metrics", "Show the counts of a month", "Metrics",
        op.SUPPORT_OR_KEY, {200: Answer("A page with the counts.", media_type=_HTML), 400: op.INVALID},
        other_body={
            "application/x-www-form-urlencoded": {"schema": _FORM, "example": {"month": 5, "year": 2031}}
        },
    ),
    Operation(
        "post", "/notifications/sms/api/v1/reports", "receive_sms_reports",
        "Take delivery reports of the SMS gateway", "Webhook", op.WEBHOOK,
        {
            200: Answer("Every report is on the queue.", media_type="application/xml"),
            400: Answer("Not a report; the text says why.", media_type="text/plain"),
        },
        other_body={
            "application/xml": {
                "schema": {"type": "string", "description": "The gateway's document."},
                "example": examples.SMS_REPORT,
            }
        },
    ),
    Operation(
        "get", f"{op.BASE}/tests/sendcondition", "test_send_condition",
        "Try a condition", "Operations", op.OPEN,
        {
            200: Answer("Whether to send.", SendConditionAnswer, {"sendNotification": True}),
            404: Answer("The setting is off."),
            415: op.OTHER_TYPE,
        },
        parameters=[
            query("conditionMet", "Anything but true means false.", {"type": "boolean"}, example=True)
        ],
    ),
    Operation(
        "get", "/health", "health", "Ask whether the process serves requests", "Operations", op.OPEN,
        {200: Answer("It does.", media_type="text/plain")},
    ),
    Operation(
        "get", "/health/ready", "ready", "Ask whether all dependencies can be used", "Operations", op.OPEN,
        {
            200: Answer("They can.", ReadinessAnswer, examples.READY),
            503: Answer("At least one cannot.", ReadinessAnswer, examples.NOT_READY, headers=op.RETRY_AFTER),
        },
    ),
)  # fmt: skip
