"""Whether the app is alive, and whether what it depends on can be reached: for load balancers and people."""

import logging

import azure.functions as func

from functions.answers import json_answer
from shared.app.running_app import running_app
from shared.services.keeping.check_readiness import within

_START_SECONDS = 3.0

bp = func.Blueprint()
_log = logging.getLogger(__name__)


@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Answer that the process serves requests."""
    return func.HttpResponse("Healthy", mimetype="text/plain")


@bp.route("health/ready", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def ready(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 200 when storage and Service Bus can be used, else 503; names, no details, in either."""
    try:
        app = await within(_START_SECONDS, running_app())
        checks = await app.check_readiness()
    except Exception as error:  # noqa: BLE001  whatever keeps the app from starting keeps it from being ready
        _log.warning("not ready: the app does not start: %s", type(error).__name__)
        checks = {"start": False}
    is_ready = all(checks.values())
    report: dict[str, object] = {
        "status": "Healthy" if is_ready else "Unhealthy",
        "checks": {name: "Healthy" if passed else "Unhealthy" for name, passed in checks.items()},
    }
    return json_answer(report, 200 if is_ready else 503, {"Cache-Control": "no-store"})
