"""The timers: one is safety and schedule of all open orders, one forgets the old ones.

A host's timers may stop for good, so the first of them has a second pulse that is a message.
"""

import asyncio

import azure.functions as func

from functions.masked_failures import masked_failures
from shared.app.running_app import running_app
from shared.records import queues

CONNECTION = "ServiceBusConnection"

bp = func.Blueprint()


@bp.timer_trigger("timer", schedule="%RELEASE_DUE_SCHEDULE%", use_monitor=False)
async def release_due(timer: func.TimerRequest) -> None:
    """Wake every shipment whose time has come, and what waits for its queue."""
    await masked_failures("release_due", _release_due())


@bp.service_bus_queue_trigger("message", queue_name=queues.PULSE, connection=CONNECTION)
async def second_pulse(message: func.ServiceBusMessage) -> None:
    """Do the same for what is late, because the timer does not run."""
    await masked_failures("second_pulse", _second_pulse())


@bp.timer_trigger("timer", schedule="%RETENTION_SCHEDULE%", use_monitor=False)
async def purge_old(timer: func.TimerRequest) -> None:
    """Forget what has been kept long enough."""
    await masked_failures("purge_old", _purge_old())


async def _release_due() -> None:
    app = await running_app()
    await asyncio.gather(app.release_due(), app.replay_waiting())


async def _second_pulse() -> None:
    app = await running_app()
    await asyncio.gather(app.second_pulse(), app.replay_waiting())


async def _purge_old() -> None:
    app = await running_app()
    await app.purge_old()
