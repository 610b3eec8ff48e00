"""The dead-letter queues: what Service Bus gave up goes to its queue again, the rest is recorded and alerts.

A message of a dead-letter queue stays there until it is completed, however often it is delivered. So these
functions raise, after a pause, when they can keep it nowhere else.
"""

import azure.functions as func

from functions.masked_failures import masked_failures
from functions.pipeline import CONNECTION, started_app
from shared.records import queues

bp = func.Blueprint()


def _watch(queue: str) -> None:
    @bp.function_name(f"record_dead_{queue.replace('-', '_')}")
    @bp.service_bus_queue_trigger("message", queue_name=f"{queue}/$deadletterqueue", connection=CONNECTION)
    async def record_dead_letter(message: func.ServiceBusMessage) -> None:
        await masked_failures(f"dead letters of {queue}", _take_over(queue, message))


for _queue in queues.QUEUES:
    _watch(_queue)


async def _take_over(queue: str, message: func.ServiceBusMessage) -> None:
    # the trigger has no property for the reason; the service puts it among the application properties
    reason = str((message.application_properties or {}).get("DeadLetterReason", "unknown"))
    app = await started_app()
    await app.handle_messages.dead_letter(queue, message.get_body(), reason)
