"""The queues: each message is one step of a shipment, safe to repeat and safe to lose."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import List  # noqa: UP035  the worker's indexer reads no other spelling of a list

import azure.functions as func

from shared.container import Container, container
from shared.errors import PermanentError
from shared.messaging import queues
from shared.messaging.envelope import load_feed_news, load_send_work, load_wake

CONNECTION = "ServiceBusConnection"

bp = func.Blueprint()
_log = logging.getLogger(__name__)


@bp.service_bus_queue_trigger("message", queue_name=queues.ORDERS, connection=CONNECTION)
async def advance_order(message: func.ServiceBusMessage) -> None:
    """Look at one shipment and do what is due."""
    await _work(queues.ORDERS, message, lambda app, body: app.advance_order(load_wake(body)))


@bp.service_bus_queue_trigger("message", queue_name=queues.EMAIL_SEND, connection=CONNECTION)
async def send_email(message: func.ServiceBusMessage) -> None:
    """Send the e-mails of one shipment."""
    await _work(queues.EMAIL_SEND, message, lambda app, body: app.send_email(load_send_work(body)))


@bp.service_bus_queue_trigger("message", queue_name=queues.SMS_SEND, connection=CONNECTION)
async def send_sms(message: func.ServiceBusMessage) -> None:
    """Send the SMS of one shipment."""
    await _work(queues.SMS_SEND, message, lambda app, body: app.send_sms(load_send_work(body)))


@bp.service_bus_queue_trigger(
    "messages",
    queue_name=queues.DELIVERY_REPORTS,
    connection=CONNECTION,
    cardinality=func.Cardinality.MANY,
)
async def record_delivery_reports(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006
    """Apply a batch of provider reports side by side; a failed one goes back as a copy, never the batch."""
    await asyncio.gather(*(_report(message) for message in messages))


@bp.service_bus_queue_trigger(
    "messages", queue_name=queues.STATUS_FEED, connection=CONNECTION, cardinality=func.Cardinality.MANY
)
async def append_status_feed(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006
    """Append a batch of ended shipments to the feeds of their owners."""
    app = await container()
    readable = []
    for message in messages:
        try:
            readable.append(load_feed_news(message.get_body()))
        except PermanentError as error:  # one poisoned item must not hold back the others
            await app.record_dead_letter(queues.STATUS_FEED, message.get_body(), str(error))
    await app.append_feed(readable)


async def _report(message: func.ServiceBusMessage) -> None:
    try:
        await _work(queues.DELIVERY_REPORTS, message, lambda app, body: app.record_report(body))
    except PermanentError as error:
        app = await container()
        await app.record_dead_letter(queues.DELIVERY_REPORTS, message.get_body(), str(error))


async def _work(
    queue: str, message: func.ServiceBusMessage, step: Callable[[Container, bytes], Awaitable[None]]
) -> None:
    app = await container()
    body = message.get_body()
    await app.retry_work(queue, body, step(app, body))
