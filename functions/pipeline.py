"""The queues: each message is one step of a shipment, safe to repeat and safe to lose."""

import asyncio
import logging
from collections.abc import Sequence
from typing import List  # noqa: UP035  the worker's indexer reads no other spelling of a list

import azure.functions as func

from functions.masked_failures import masked_failures
from shared.app.running_app import running_app
from shared.app.use_cases import App
from shared.records import queues
from shared.runtime.errors import TransientError
from shared.services.handling.handle_messages import GIVE_BACK_AFTER_SECONDS

CONNECTION = "ServiceBusConnection"

bp = func.Blueprint()
_log = logging.getLogger(__name__)


@bp.service_bus_queue_trigger("message", queue_name=queues.ORDERS, connection=CONNECTION)
async def advance_order(message: func.ServiceBusMessage) -> None:
    """Look at one shipment and do what is due."""
    await _handle(queues.ORDERS, [message])


@bp.service_bus_queue_trigger("message", queue_name=queues.ORDERS_BULK, connection=CONNECTION)
async def advance_bulk_order(message: func.ServiceBusMessage) -> None:
    """Look at one of many shipments or pages that are due at once, and do what is due."""
    await _handle(queues.ORDERS_BULK, [message])


@bp.service_bus_queue_trigger("message", queue_name=queues.CONDITIONS, connection=CONNECTION)
async def ask_condition(message: func.ServiceBusMessage) -> None:
    """Ask the condition endpoint of one shipment."""
    await _handle(queues.CONDITIONS, [message])


@bp.service_bus_queue_trigger("message", queue_name=queues.EMAIL_SEND, connection=CONNECTION)
async def send_email(message: func.ServiceBusMessage) -> None:
    """Send the e-mails of one shipment."""
    await _handle(queues.EMAIL_SEND, [message])


@bp.service_bus_queue_trigger("message", queue_name=queues.EMAIL_SEND_BULK, connection=CONNECTION)
async def send_bulk_email(message: func.ServiceBusMessage) -> None:
    """Send e-mails of an owner that has many, of a page, or with a long text."""
    await _handle(queues.EMAIL_SEND_BULK, [message])


@bp.service_bus_queue_trigger("message", queue_name=queues.SMS_SEND, connection=CONNECTION)
async def send_sms(message: func.ServiceBusMessage) -> None:
    """Send the SMS of one shipment."""
    await _handle(queues.SMS_SEND, [message])


@bp.service_bus_queue_trigger("message", queue_name=queues.SMS_SEND_BULK, connection=CONNECTION)
async def send_bulk_sms(message: func.ServiceBusMessage) -> None:
    """Send SMS of an owner that has many, of a page."""
    await _handle(queues.SMS_SEND_BULK, [message])


@bp.service_bus_queue_trigger(
    "messages", queue_name=queues.DELIVERY_REPORTS, connection=CONNECTION, cardinality=func.Cardinality.MANY
)
async def record_delivery_reports(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006
    """Apply a batch of provider reports side by side."""
    await _handle(queues.DELIVERY_REPORTS, messages)


@bp.service_bus_queue_trigger(
    "messages", queue_name=queues.STATUS_FEED, connection=CONNECTION, cardinality=func.Cardinality.MANY
)
async def append_status_feed(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006
    """Append a batch of ended shipments to the feeds of their owners."""
    await _handle(queues.STATUS_FEED, messages)


@bp.service_bus_queue_trigger("message", queue_name=queues.WEBHOOKS, connection=CONNECTION)
async def deliver_entries(message: func.ServiceBusMessage) -> None:
    """Deliver the entries of a feed to the webhooks of its owner."""
    await _handle(queues.WEBHOOKS, [message])


async def started_app() -> App:
    """Return the app, or keep the message for a while before it is given back, because it returns at once."""
    try:
        return await running_app()
    except Exception as error:  # noqa: BLE001  whatever it is, no message can be handled
        _log.error("the app cannot start, so a message is given back", exc_info=error)
        await asyncio.sleep(GIVE_BACK_AFTER_SECONDS)
        raise TransientError("the app cannot start") from None


async def _handle(queue: str, messages: Sequence[func.ServiceBusMessage]) -> None:
    await masked_failures(queue, _carried_out(queue, messages))


async def _carried_out(queue: str, messages: Sequence[func.ServiceBusMessage]) -> None:
    app = await started_app()
    await app.handle_messages(queue, [message.get_body() for message in messages])
