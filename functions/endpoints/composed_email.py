"""Version 2 of the API: place an e-mail with files."""

import azure.functions as func

from functions.answers import answer
from functions.endpoints.placements import BASE_PATH, placed, receipt_answer
from shared.app.use_cases import App
from shared.auth.caller import COMPOSED
from shared.contracts.requests.composed_request import read_composed_email

bp = func.Blueprint()


@bp.route(f"{BASE_PATH}/future/orders/composed-email", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def place_composed_email(req: func.HttpRequest) -> func.HttpResponse:
    """Place an e-mail with files: 201, or 200 for a repeat of a known idempotency id."""
    return await answer(req, _place)


async def _place(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, COMPOSED)
    return receipt_answer(app, await placed(app, req, caller, read_composed_email))
