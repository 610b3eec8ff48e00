"""Whether the app is alive, and whether its dependencies can be reached."""

import logging

import azure.functions as func

from functions.answers import json_answer
from shared.app.running_app import running_app
from shared.contracts.answers.operations_answers import readiness
from shared.contracts.answers.problems import RETRY_SECONDS, retry_after_header
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
    """Answer 200 when storage and Service Bus can be used, else 503; either names the checks."""
    try:
        app = await within(_START_SECONDS, running_app())
        checks = await app.check_readiness()
    except Exception as error:  # noqa: BLE001  an app that does not start is not ready, whatever the error
        _log.warning("not ready: the app does not start: %s", type(error).__name__)
        checks = {"start": False}
    headers = {"Cache-Control": "no-store"}
    if all(checks.values()):
        return json_answer(readiness(checks), headers=headers)
    return json_answer(readiness(checks), 503, headers | retry_after_header(RETRY_SECONDS))
