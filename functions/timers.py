"""The timers: one is safety and schedule of all open orders, one forgets the old ones."""

import asyncio

import azure.functions as func

from shared.container import container

bp = func.Blueprint()


@bp.timer_trigger("timer", schedule="%RELEASE_DUE_SCHEDULE%", use_monitor=False)
async def release_due(timer: func.TimerRequest) -> None:
    """Wake every shipment whose time has come, and what waits for its queue."""
    app = await container()
    await asyncio.gather(app.release_due(), app.replay_waiting())


@bp.timer_trigger("timer", schedule="%RETENTION_SCHEDULE%", use_monitor=False)
async def purge_old(timer: func.TimerRequest) -> None:
    """Forget what has been kept long enough."""
    app = await container()
    await app.purge_old()
