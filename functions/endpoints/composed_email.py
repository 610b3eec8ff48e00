"""Version 2 of the API: place an e-mail with files."""

import azure.functions as func

from functions.answers import API, endpoint
from functions.endpoints.placements import place
from shared.app.use_cases import App
from shared.auth.caller import COMPOSED
from shared.contracts.requests.composed_request import read_composed_email

bp = func.Blueprint()


@endpoint(bp, "POST", f"{API}/future/orders/composed-email")
async def place_composed_email(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Place an e-mail with files: 201, or 200 for a repeat of a known idempotency id."""
    caller = await app.authorizer.authorize(req.headers, COMPOSED)
    return await place(app, req, caller, read_composed_email)
