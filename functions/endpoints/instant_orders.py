"""Version 2 of the API: send one SMS or e-mail while the caller waits."""

from collections.abc import Callable

import azure.functions as func

from functions.answers import answer, json_body
from functions.endpoints.placements import BASE_PATH, receipt_answer
from shared.app.use_cases import App
from shared.auth.caller import CREATE_OR_PLATFORM, require_creator
from shared.contracts.requests.instant_request import (
    read_instant_deprecated,
    read_instant_email,
    read_instant_sms,
)
from shared.domain.orders.order import ChainRequest

_PATH = f"{BASE_PATH}/future/orders/instant"

bp = func.Blueprint()


@bp.route(f"{_PATH}/sms", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def send_instant_sms(req: func.HttpRequest) -> func.HttpResponse:
    """Send an SMS now: 201, 200 for a repeat of a known idempotency id, 503 when it was not sent."""
    return await answer(req, lambda app, request: _send(app, request, read_instant_sms))


@bp.route(f"{_PATH}/email", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def send_instant_email(req: func.HttpRequest) -> func.HttpResponse:
    """Send an e-mail now: 201, 200 for a repeat of a known idempotency id, 503 when it was not sent."""
    return await answer(req, lambda app, request: _send(app, request, read_instant_email))


@bp.route(_PATH, methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def send_instant_deprecated(req: func.HttpRequest) -> func.HttpResponse:
    """Send an SMS now, asked for in an older form; deprecated."""
    return await answer(req, lambda app, request: _send(app, request, read_instant_deprecated))


async def _send(app: App, req: func.HttpRequest, read: Callable[..., ChainRequest]) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    body = json_body(req, app.settings.request_body_limit_bytes)
    request = read(body, now=app.clock.now(), defaults=app.defaults)
    return receipt_answer(app, await app.send_instant(require_creator(caller), request))
