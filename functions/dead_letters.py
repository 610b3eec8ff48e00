"""The dead-letter queues: what ended there is recorded and raises an alert; these functions never raise."""

import logging

import azure.functions as func

from shared.container import container
from shared.messaging import queues

CONNECTION = "ServiceBusConnection"

bp = func.Blueprint()
_log = logging.getLogger(__name__)


@bp.service_bus_queue_trigger(
    "message", queue_name=f"{queues.ORDERS}/$deadletterqueue", connection=CONNECTION
)
async def record_dead_wake(message: func.ServiceBusMessage) -> None:
    """Record a wake that could not be carried out."""
    await _record(queues.ORDERS, message)


@bp.service_bus_queue_trigger(
    "message", queue_name=f"{queues.EMAIL_SEND}/$deadletterqueue", connection=CONNECTION
)
async def record_dead_email(message: func.ServiceBusMessage) -> None:
    """Record e-mail work that could not be carried out."""
    await _record(queues.EMAIL_SEND, message)


@bp.service_bus_queue_trigger(
    "message", queue_name=f"{queues.SMS_SEND}/$deadletterqueue", connection=CONNECTION
)
async def record_dead_sms(message: func.ServiceBusMessage) -> None:
    """Record SMS work that could not be carried out."""
    await _record(queues.SMS_SEND, message)


@bp.service_bus_queue_trigger(
    "message", queue_name=f"{queues.DELIVERY_REPORTS}/$deadletterqueue", connection=CONNECTION
)
async def record_dead_report(message: func.ServiceBusMessage) -> None:
    """Record a provider report that could not be applied."""
    await _record(queues.DELIVERY_REPORTS, message)


@bp.service_bus_queue_trigger(
    "message", queue_name=f"{queues.STATUS_FEED}/$deadletterqueue", connection=CONNECTION
)
async def record_dead_feed_news(message: func.ServiceBusMessage) -> None:
    """Record feed news that could not be appended."""
    await _record(queues.STATUS_FEED, message)


async def _record(queue: str, message: func.ServiceBusMessage) -> None:
    # the trigger has no property for the reason; the service puts it among the application properties
    reason = str((message.application_properties or {}).get("DeadLetterReason", "unknown"))
    try:
        app = await container()
        await app.record_dead_letter(queue, message.get_body(), reason)
    except Exception:  # noqa: BLE001  raising here would only dead-letter the dead letter
        _log.exception("a dead letter of %s could not be recorded", queue)
