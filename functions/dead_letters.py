"""The dead-letter queues: what ended there is recorded and raises an alert; these functions never raise."""

import logging

import azure.functions as func

from shared.container import container
from shared.messaging import queues

CONNECTION = "ServiceBusConnection"

bp = func.Blueprint()
_log = logging.getLogger(__name__)


def _watch(queue: str) -> None:
    @bp.function_name(f"record_dead_{queue.replace('-', '_')}")
    @bp.service_bus_queue_trigger("message", queue_name=f"{queue}/$deadletterqueue", connection=CONNECTION)
    async def record_dead_letter(message: func.ServiceBusMessage) -> None:
        await _record(queue, message)


for _queue in queues.QUEUES:
    _watch(_queue)


async def _record(queue: str, message: func.ServiceBusMessage) -> None:
    # the trigger has no property for the reason; the service puts it among the application properties
    reason = str((message.application_properties or {}).get("DeadLetterReason", "unknown"))
    try:
        app = await container()
        await app.record_dead_letter(queue, message.get_body(), reason)
    except Exception:  # noqa: BLE001  raising here would only dead-letter the dead letter
        _log.exception("a dead letter of %s could not be recorded", queue)
