"""The steps that placements and previews share: reading the order, finding a late repeat, the receipt."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import azure.functions as func

from functions.answers import API, json_answer, json_body
from shared.app.use_cases import App
from shared.auth.caller import Caller, require_creator
from shared.contracts.answers.v2_answers import chain_receipt
from shared.contracts.queries.preferences import prefers_strict
from shared.domain.orders.order import ChainRequest
from shared.runtime.beside_loop import REQUESTS
from shared.runtime.errors import IdempotencyConflictError, RequestInvalidError
from shared.services.placing.place_order import Receipt

_QUICK_BYTES = 32_000  # read in some milliseconds, whatever they hold

type Reader = Callable[..., ChainRequest]


def turn(app: App, req: func.HttpRequest, caller: Caller) -> AbstractAsyncContextManager[None]:
    """Return what a request holds while it is read and worked on; a large one waits for its turn."""
    return app.large_requests.turn(caller.creator or "", req.get_body() or b"")


async def read_order(app: App, req: func.HttpRequest, read: Reader) -> ChainRequest:
    """Read the body with one of the readers of `contracts.requests`; a large one beside the event loop."""
    body = json_body(req, app.settings.request_body_limit_bytes)
    reading = partial(read, body, now=app.clock.now(), defaults=app.defaults)
    return reading() if len(body) <= _QUICK_BYTES else await REQUESTS.run(reading)


async def read_or_find(
    app: App, req: func.HttpRequest, caller: Caller, read: Reader
) -> tuple[ChainRequest, Receipt | None]:
    """Read the body, and find the receipt of the accepted order that it repeats too late.

    A request that is refused only because its send time has passed may repeat an accepted one.
    """
    try:
        return await read_order(app, req, read), None
    except RequestInvalidError as error:
        if error.replayable is None or caller.creator is None:
            raise
        receipt = await app.place_order.find(caller.creator, error.replayable)
        if receipt is None:
            raise
        return error.replayable, receipt


async def place(app: App, req: func.HttpRequest, caller: Caller, read: Reader) -> func.HttpResponse:
    """Place an order of version 2; a late repeat gets the receipt of the first request."""
    async with turn(app, req, caller):
        request, receipt = await read_or_find(app, req, caller, read)
        if receipt is None:
            creator = await counted_creator(app, caller, request)
            receipt = await app.place_order(creator, request)
        return receipt_answer(app, req, receipt)


async def counted_creator(app: App, caller: Caller, request: ChainRequest) -> str:
    """Return the creator of an order that is within its quota; a repeat of a request counts, too."""
    creator = require_creator(caller)
    await app.owner_quota(creator, request)
    return creator


def receipt_answer(app: App, req: func.HttpRequest, receipt: Receipt) -> func.HttpResponse:
    """Return 201 and where the chain is, or 200 with the receipt of an earlier request.

    A header says if that request had another content; a caller that prefers strict handling gets
    IdempotencyConflictError.
    """
    if receipt.conflict and prefers_strict(req.headers):
        raise IdempotencyConflictError
    body = chain_receipt(receipt.chain_id, receipt.shipments)
    if not receipt.created:
        return json_answer(body, headers={"Idempotency-Conflict": "true"} if receipt.conflict else {})
    location = f"{app.settings.base_uri}/{API}/orders/chain/{receipt.chain_id}"
    return json_answer(body, 201, {"Location": location})
