"""Examples for the OpenAPI document; people and numbers in them are those of the local cloud.

Those of answers are built by the builders of the answers. Those of requests are in `example_requests.json`,
by the name of their operation and then of the example. The first one is what the API page begins with.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.contracts.answers import problems, v1_notification_answers, v1_order_answers, v2_answers
from shared.contracts.answers.dead_letter_answers import dead_letter, dead_letter_page
from shared.contracts.answers.operations_answers import readiness
from shared.contracts.answers.problems import ErrorAnswer
from shared.contracts.answers.support_answers import delivery_attempt, support_shipment
from shared.contracts.trace.answer import trace
from shared.contracts.trace.language import Language
from shared.contracts.webhooks.answers import (
    webhook_answer,
    webhook_list,
    webhook_test,
    webhook_with_secret,
)
from shared.contracts.webhooks.events import event_of_test, shipment_event
from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.dead_letter import Cause, DeadLetter
from shared.domain.orders.ended_shipment import closed_shipment
from shared.domain.orders.ids import known_id
from shared.domain.orders.notification import EmailResult, Notification, result_counts
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.recipients.identity_kind import IdentityKind
from shared.domain.recipients.lookup_summary import LookupStatus, RecipientLookup
from shared.domain.sending.send_window import SendWindow
from shared.domain.trace.events import Event, EventKind
from shared.domain.trace.standing import Instant, standing
from shared.domain.webhooks.message import message_id
from shared.domain.webhooks.webhook import Attempt, Webhook
from shared.runtime.errors import RequestInvalidError

_TRACE = "00-7d1f0c9b2a6e4f3d8c5b1a0f9e8d7c6b-1a2b3c4d5e6f7081-00"
CHAIN_ID, SHIPMENT_ID = "d2b0b1d7-5a24-4a0e-9d1f-0a9b00000000", "d2b0b1d7-5a24-4a0e-9d1f-0a9b01000000"
DIALOG_ID = "0196a1d2-7b4e-7c11-9d5e-3f0a4a9b7c55"
PERSON, ORGANIZATION = "14818710098", "311000020"
_REMINDER, _NOTIFICATION = "d2b0b1d7-5a24-4a0e-9d1f-0a9b02000000", "d2b0b1d7-5a24-4a0e-9d1f-0a9b01000001"
_API = "https://platform.example.no/notifications/api/v1"
_SEND_AT, _AT = datetime(2031, 5, 2, 7, tzinfo=UTC), datetime(2031, 5, 2, 7, 3, 10, 550000, tzinfo=UTC)
_RECIPIENT = Recipient(email_address="kari.nordmann@example.no")
_ORDER = OrderRequest(
    OrderType.NOTIFICATION,
    _SEND_AT,
    ChannelSchema.EMAIL,
    (_RECIPIENT,),
    senders_reference="case-99",
    condition_endpoint="https://service.example.no/unanswered/99",
    email=EmailTemplate("noreply@altinn.cloud", "Deadline", "The deadline is in three days."),
    dialog_id=DIALOG_ID,
)
_EMAIL = Notification(1, 0, Channel.EMAIL, "kari.nordmann@example.no", EmailResult.DELIVERED, _AT)
_CONDITION = ConditionRecord(ConditionOutcome.MET, "answered", 1, _AT)
_COMPLETED = ShipmentState(OrderStatus.COMPLETED, _AT, AgendaKey("", ""), (_EMAIL,), condition=_CONDITION)
_CANCELLED = ShipmentState(OrderStatus.CANCELLED, _AT, AgendaKey("", ""))
_CLOSED = closed_shipment(SHIPMENT_ID, _ORDER, _COMPLETED)
_HEADING = v1_order_answers.order_heading(SHIPMENT_ID, "ttd", _SEND_AT, _ORDER)
_DEAD_LETTER = DeadLetter(
    "sms-send",
    "8064600799450000-2f1c9a0be34d5b6a7c8d9e0f",
    Cause.UNEXPECTED,
    "MaxDeliveryCountExceeded",
    SHIPMENT_ID,
    _AT,
    size=1432,
    replays=1,
    replayed_at=_AT,
    replayed_by="digdir",
)


def problem(answer: ErrorAnswer) -> Any:
    """Return the body of an error answer, with a fixed trace id."""
    return json.loads(answer.body or b"{}") | {"traceId": _TRACE}


VALIDATION_PROBLEM = problem(
    problems.validation_problem(
        RequestInvalidError(
            {"RequestedSendTime": ["RequestedSendTime must be greater than or equal to now."]}
        )
    )
)
API_KEY_PROBLEM = {"error": "Invalid API key"}
CHAIN_RECEIPT = v2_answers.chain_receipt(CHAIN_ID, [(SHIPMENT_ID, "case-99"), (_REMINDER, "case-99")])
CHAIN_CANCELLATION = v2_answers.chain_cancellation(
    CHAIN_ID,
    [
        v2_answers.cancelled_shipment(SHIPMENT_ID, _ORDER, _COMPLETED),
        v2_answers.cancelled_shipment(_REMINDER, _ORDER, _CANCELLED),
    ],
)
SHIPMENT = v2_answers.shipment(SHIPMENT_ID, _ORDER, _COMPLETED, _SEND_AT, [_EMAIL])
_GIVEN = Notification(
    1, 0, Channel.EMAIL, "kari.nordmann@example.no", EmailResult.SENDING, _AT, _NOTIFICATION
)
_SENT = ShipmentState(
    OrderStatus.PROCESSED, _SEND_AT, AgendaKey("", ""), (_GIVEN,), forwarded_at=_SEND_AT
).noting(
    Event(EventKind.ACCEPTED, _SEND_AT),
    Event(EventKind.CONDITION_ANSWERED, _SEND_AT, detail=ConditionOutcome.MET),
    Event(EventKind.FORWARDED, _SEND_AT, Channel.EMAIL),
    Event(EventKind.ANSWERED, _AT, Channel.EMAIL, detail=EmailResult.SENDING),
)
TRACE = trace(
    SHIPMENT_ID,
    _ORDER,
    _SENT,
    standing(_ORDER, _SENT, known_id(SHIPMENT_ID), Instant(_AT, _AT, SendWindow())),
    _SENT.events,
    now=_AT,
    language=Language.ENGLISH,
)
FEED = [v2_answers.feed_entry(48213, _CLOSED)]
LOG = v2_answers.log_entries([("ttd", _CLOSED)])
ORDER_CREATED = v1_order_answers.order_created(
    SHIPMENT_ID, RecipientLookup(LookupStatus.PARTIAL_SUCCESS, (), ("313000044",))
)
ORDER = v1_order_answers.order(_HEADING, _ORDER, api_base=_API)
ORDER_STATUS = v1_order_answers.order_status(_HEADING, _COMPLETED, result_counts([_EMAIL]), api_base=_API)
NOTIFICATIONS = v1_notification_answers.notification_list(
    SHIPMENT_ID, "case-99", [v1_notification_answers.notification_entry(_NOTIFICATION, _EMAIL, _RECIPIENT)]
)
SUPPORT = [
    support_shipment(
        SHIPMENT_ID,
        "ttd",
        _ORDER,
        None,
        [delivery_attempt(_EMAIL, IdentityKind.PERSON, PERSON)],
        summary="Delivered at 09:03.",
    )
]
DEAD_LETTER = dead_letter(_DEAD_LETTER)
DEAD_LETTERS = dead_letter_page([_DEAD_LETTER], page_size=1)
WEBHOOK_ID = "7c2f3a90-1d4e-4b57-8a66-0b1cff000000"
_WEBHOOK = Webhook(
    item=known_id(WEBHOOK_ID),
    owner="ttd",
    url="https://service.example.no/notifications",
    secret=b"",
    created_at=_SEND_AT,
    delivered=48213,
    visit="",
    description="Case system",
    last_attempt=Attempt(_AT, 48213, ok=True, reason="status 200"),
)
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105  an example
MESSAGE_ID = message_id(_CLOSED)
WEBHOOK = webhook_answer(_WEBHOOK, 48213, _AT)
WEBHOOK_WITH_SECRET = webhook_with_secret(_WEBHOOK, _SECRET, 48213, _AT)
WEBHOOKS = webhook_list([_WEBHOOK], 48213, _AT)
WEBHOOK_TEST = webhook_test("msg_test_0a1b2c3d4e5f60718293a4b5c6d7e8f9", "status 204", 0.12, delivered=True)
SHIPMENT_EVENT = json.loads(shipment_event(48213, _CLOSED))
WEBHOOK_TEST_EVENT = json.loads(event_of_test(WEBHOOK_ID, _AT))
READY = readiness({"storage": True, "serviceBus": True})
NOT_READY = readiness({"storage": False, "serviceBus": True})

REQUESTS: dict[str, Any] = json.loads(
    Path(__file__).with_name("example_requests.json").read_text(encoding="utf-8")
)
SMS_REPORT = (
    '<?xml version="1.0"?><MSGLST><MSG><ID>1</ID><REF>551200917</REF><RCV>4791700001</RCV>'
    "<STATE>DELIVRD</STATE></MSG></MSGLST>"
)
