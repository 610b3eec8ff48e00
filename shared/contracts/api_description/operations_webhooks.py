"""The operations of webhooks, and what a webhook is called with."""

from typing import Any

from shared.contracts.api_description import examples, texts
from shared.contracts.api_description import operation as op
from shared.contracts.api_description.operation import Answer, Operation, Schema, bare, path
from shared.contracts.reading.wire_model import WireModel
from shared.contracts.webhooks import answers
from shared.contracts.webhooks.events import ShipmentEvent, WebhookTestEvent
from shared.contracts.webhooks.request import NewWebhook, WebhookChange, WebhookReplay

_TAG = "Webhooks"
_BASE = f"{op.BASE}/future/webhooks"
_NONE = bare("No such webhook, or another owner's.", 404)
_ID = path("id", "The `id` of a webhook.", examples.WEBHOOK_ID)
_SHOWN = Answer("The webhook.", answers.WebhookAnswer, examples.WEBHOOK)
EVENTS = (ShipmentEvent, WebhookTestEvent)  # what webhooks are called with


def _deed(
    suffix: str, name: str, summary: str, answer: Answer = _SHOWN, body: type[WireModel] | None = None
) -> Operation:
    refused = {} if body is None else {400: op.INVALID}
    return Operation(
        "post", f"{_BASE}/{{id}}/{suffix}", name, summary, _TAG, op.CREATE,
        {200: answer, 404: _NONE, **refused}, body=body, parameters=[_ID],
    )  # fmt: skip


_WITH_SECRET = Answer(
    "The webhook with its secret.", answers.WebhookWithSecretAnswer, examples.WEBHOOK_WITH_SECRET
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "post", _BASE, "create_webhook", "Create a webhook", _TAG, op.CREATE,
        {
            201: Answer("Created.", answers.WebhookWithSecretAnswer, examples.WEBHOOK_WITH_SECRET,
                        headers={"Location": "Where the webhook is."}),
            400: op.INVALID,
            409: bare("The caller has as many webhooks as it may have.", 409),
        },
        body=NewWebhook,
    ),
    Operation(
        "get", _BASE, "list_webhooks", "List the webhooks of the caller", _TAG, op.CREATE,
        {200: Answer("The webhooks, the oldest first; may be none.", answers.WebhookListAnswer,
                     examples.WEBHOOKS)},
    ),
    Operation(
        "get", f"{_BASE}/{{id}}", "read_webhook", "Read how far a webhook has come", _TAG, op.CREATE,
        {200: _SHOWN, 404: _NONE}, parameters=[_ID],
    ),
    Operation(
        "put", f"{_BASE}/{{id}}", "change_webhook", "Change the address of a webhook", _TAG, op.CREATE,
        {200: _SHOWN, 400: op.INVALID, 404: _NONE}, body=WebhookChange, parameters=[_ID],
    ),
    Operation(
        "delete", f"{_BASE}/{{id}}", "delete_webhook", "Delete a webhook", _TAG, op.CREATE,
        {204: Answer("It is deleted."), 404: _NONE}, parameters=[_ID],
    ),
    _deed("pause", "pause_webhook", "Pause a webhook"),
    _deed("resume", "resume_webhook", "Resume a webhook"),
    _deed("replay", "replay_webhook", "Deliver entries again", body=WebhookReplay),
    _deed("rotate-secret", "rotate_webhook_secret", "Make a new secret", _WITH_SECRET),
    _deed("test", "try_webhook", "Call the endpoint with a test message",
          Answer("What came of the call.", answers.WebhookTestAnswer, examples.WEBHOOK_TEST)),
)  # fmt: skip


def called(references: dict[Any, Schema]) -> Schema:
    """Return the section of the document about the calls that webhooks get."""
    return {
        "shipmentEnded": {"post": _call("shipment_ended", "A shipment has ended", ShipmentEvent,
                                        examples.SHIPMENT_EVENT, references)},
        "webhookTest": {"post": _call("webhook_test", "An owner tests a webhook", WebhookTestEvent,
                                      examples.WEBHOOK_TEST_EVENT, references)},
    }  # fmt: skip


def _call(name: str, summary: str, event: Any, example: Any, references: dict[Any, Schema]) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "description": texts.OPERATIONS[name],
        "tags": [_TAG],
        "security": [],
        "parameters": [
            op.header("webhook-id", "The same whenever this message is sent again.", op.TEXT,
                      example=examples.MESSAGE_ID),
            op.header("webhook-timestamp", "When the call was signed, in seconds since 1970.",
                      {"type": "integer", "format": "int64"}, example=1935565390),
            op.header("webhook-signature", "A signature for each secret that counts, separated by blanks.",
                      op.TEXT, example="v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": references[event], "example": example}},
        },
        "responses": {
            "2XX": {"description": "The message was taken; the body is not read."},
            "410": {"description": "The receiver wants no message any more: the webhook is paused."},
            "default": {"description": "The message was not taken; it is sent again later."},
        },
    }  # fmt: skip
