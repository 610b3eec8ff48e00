"""Version 2 of the API: send one SMS or e-mail while the caller waits."""

import azure.functions as func

from functions.answers import API, endpoint
from functions.endpoints.placements import Reader, counted_creator, read_order, receipt_answer, turn
from shared.app.use_cases import App
from shared.auth.caller import CREATE_OR_PLATFORM
from shared.contracts.requests.instant_request import (
    read_instant_deprecated,
    read_instant_email,
    read_instant_sms,
)

_PATH = f"{API}/future/orders/instant"

bp = func.Blueprint()


@endpoint(bp, "POST", f"{_PATH}/sms")
async def send_instant_sms(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Send an SMS now: 201, 200 for a repeat of a known idempotency id, 503 when it was not sent."""
    return await _send(app, req, read_instant_sms)


@endpoint(bp, "POST", f"{_PATH}/email")
async def send_instant_email(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Send an e-mail now: 201, 200 for a repeat of a known idempotency id, 503 when it was not sent."""
    return await _send(app, req, read_instant_email)


@endpoint(bp, "POST", _PATH)
async def send_instant_deprecated(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Send an SMS now, requested in an older form; deprecated."""
    return await _send(app, req, read_instant_deprecated)


async def _send(app: App, req: func.HttpRequest, read: Reader) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    async with turn(app, req, caller):
        request = await read_order(app, req, read)
        creator = await counted_creator(app, caller, request)
        return receipt_answer(app, req, await app.send_instant(creator, request))
