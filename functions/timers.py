"""The timers: safety and schedule in one, because every open order is on the agenda."""

import azure.functions as func

from shared.container import container

bp = func.Blueprint()


@bp.timer_trigger("timer", schedule="%RELEASE_DUE_SCHEDULE%", use_monitor=False)
async def release_due(timer: func.TimerRequest) -> None:
    """Wake every shipment whose time has come."""
    app = await container()
    await app.release_due()
