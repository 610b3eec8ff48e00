"""Delivery reports of e-mails: Event Grid events for the Service Bus queue of the subscription."""

import asyncio
import json
import logging
import uuid
from datetime import datetime
from typing import Protocol

from devstack.simulators.faults.notes import Mishap
from devstack.simulators.faults.rules import Action
from devstack.simulators.surroundings import Surroundings

_TARGET = "acs.report"
_DEFAULT_OUTCOME = "Bounced"
_TOPIC = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers"
    "/Microsoft.Communication/communicationServices/local"
)
_LOG = logging.getLogger(__name__)


class EventPublisher(Protocol):
    """Takes events for the queue and delivers them later."""

    def publish(self, event_id: str, body: bytes) -> None:
        """Accept one event."""
        ...


class EmailReports:
    """Sends delivery reports when they are due; fault rules for `acs.report` change that."""

    def __init__(self, publisher: EventPublisher, surroundings: Surroundings) -> None:
        self._publisher = publisher
        self._here = surroundings
        self._faults = surroundings.faults
        self._stats = surroundings.stats
        self._notes = surroundings.notes

    def schedule(self, delay: float, event: dict[str, object], recipient: str) -> None:
        """Send the report in `delay` seconds, or as a rule says: later, twice, garbled or never."""
        rule = self._faults.take(_TARGET, to=(recipient,))
        if rule is not None and rule.action is Action.OUTCOME:
            _report_as(event, rule.detail or _DEFAULT_OUTCOME)
        body = _encoded(event)
        copies = 1
        if rule is not None:
            match rule.action:
                case Action.DROP:
                    self._stats.report(_TARGET, "dropped")
                    self._notes.add(_TARGET, Mishap.REPORT_DROPPED, _message_ids(event))
                    return
                case Action.DUPLICATE:
                    copies = 2
                case Action.DELAY:
                    delay += rule.delay_seconds or 0.0
                case Action.MALFORMED:
                    body = body[: len(body) // 2]
                    self._notes.add(_TARGET, Mishap.REPORT_GARBLED, _message_ids(event))
                case Action.OUTCOME:
                    pass
                case _:
                    _LOG.warning("fault %s has no meaning for a report", rule.action)
        asyncio.get_running_loop().call_later(delay, self._send, event, body, copies)

    def send(self, event: dict[str, object]) -> None:
        """Send the report at once, whatever the rules say."""
        self._send(event, _encoded(event), 1)

    def _send(self, event: dict[str, object], body: bytes, copies: int) -> None:
        for _ in range(copies):
            self._publisher.publish(str(event["id"]), body)
            self._stats.report(_TARGET, "sent")
            for message_id in _message_ids(event):
                self._here.outbox.note_report(message_id, _status(event), self._here.clock.now())


def _message_ids(event: dict[str, object]) -> tuple[str, ...]:
    data = event["data"]
    return (str(data["messageId"]),) if isinstance(data, dict) else ()


def _encoded(event: dict[str, object]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _status(event: dict[str, object]) -> str:
    data = event["data"]
    return str(data["status"]) if isinstance(data, dict) else ""


def _report_as(event: dict[str, object], status: str) -> None:
    data = event["data"]
    if isinstance(data, dict):
        data["status"] = status
        data["deliveryStatusDetails"]["statusMessage"] = f"Simulated: {status}"


def delivery_report(
    *, message_id: str, status: str, sender: str, recipient: str, at: datetime
) -> dict[str, object]:
    """Compose the Event Grid event about one recipient; `at` is aware UTC."""
    instant = at.isoformat().replace("+00:00", "Z")
    details: dict[str, object] = {"statusMessage": f"Simulated: {status}"}
    data: dict[str, object] = {
        "sender": sender,
        "recipient": recipient,
        "messageId": message_id,
        "status": status,
        "deliveryStatusDetails": details,
        "deliveryAttemptTimeStamp": instant,
    }
    if status != "Suppressed":  # a suppressed message reaches no mail server
        details["recipientMailServerHostName"] = f"mx.{recipient.rpartition('@')[2]}"
        data["internetMessageId"] = f"<{message_id}@local>"
    return {
        "id": str(uuid.uuid4()),
        "topic": _TOPIC,
        "subject": f"sender/{sender}/message/{message_id}",
        "data": data,
        "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": instant,
    }
