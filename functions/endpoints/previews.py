"""Tells what placing an order would come to, beside each endpoint that places: nothing is kept or sent."""

import azure.functions as func

from functions.answers import API, endpoint, json_answer
from functions.endpoints.placements import Reader, read_or_find, turn
from shared.app.use_cases import App
from shared.auth.caller import COMPOSED, CREATE_OR_PLATFORM, Policy, require_creator
from shared.contracts.preview.answer import preview_answer
from shared.contracts.queries.api_queries import read_try_condition
from shared.contracts.queries.values import query_of
from shared.contracts.requests.chain_request import read_order_chain
from shared.contracts.requests.composed_request import read_composed_email
from shared.contracts.requests.instant_request import (
    read_instant_deprecated,
    read_instant_email,
    read_instant_sms,
)
from shared.contracts.requests.v1_request import read_v1_email_order, read_v1_order, read_v1_sms_order

_V1, _V2 = f"{API}/orders", f"{API}/future/orders"

bp = func.Blueprint()


@endpoint(bp, "POST", f"{_V2}/preview")
async def preview_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Preview an order with its reminders."""
    return await _preview(app, req, CREATE_OR_PLATFORM, read_order_chain)


@endpoint(bp, "POST", f"{_V2}/composed-email/preview")
async def preview_composed_email(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Preview an e-mail with files, which are not fetched."""
    return await _preview(app, req, COMPOSED, read_composed_email)


@endpoint(bp, "POST", f"{_V2}/instant/sms/preview")
async def preview_instant_sms(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Preview an SMS that is sent at once."""
    return await _preview(app, req, CREATE_OR_PLATFORM, read_instant_sms)


@endpoint(bp, "POST", f"{_V2}/instant/email/preview")
async def preview_instant_email(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Preview an e-mail that is sent at once."""
    return await _preview(app, req, CREATE_OR_PLATFORM, read_instant_email)


@endpoint(bp, "POST", f"{_V2}/instant/preview")
async def preview_instant(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Preview an SMS that is sent at once, requested in an older form; deprecated."""
    return await _preview(app, req, CREATE_OR_PLATFORM, read_instant_deprecated)


@endpoint(bp, "POST", f"{_V1}/preview")
async def preview_v1_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Preview an order on a chosen channel."""
    return await _preview(app, req, CREATE_OR_PLATFORM, read_v1_order)


@endpoint(bp, "POST", f"{_V1}/email/preview")
async def preview_v1_email_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Preview an order for e-mail."""
    return await _preview(app, req, CREATE_OR_PLATFORM, read_v1_email_order)


@endpoint(bp, "POST", f"{_V1}/sms/preview")
async def preview_v1_sms_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Preview an order for SMS."""
    return await _preview(app, req, CREATE_OR_PLATFORM, read_v1_sms_order)


async def _preview(app: App, req: func.HttpRequest, policy: Policy, read: Reader) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, policy)
    async with turn(app, req, caller):
        request, _ = await read_or_find(app, req, caller, read)
        tries_condition = read_try_condition(query_of(req.url))
        creator = require_creator(caller)
        await app.preview_quota(creator, request)
        preview = await app.preview_order(creator, request, tries_condition=tries_condition)
    return json_answer(preview_answer(preview))
