"""What the placements of version 2 share: repeats that come too late for their rules, and the answer."""

from collections.abc import Callable

import azure.functions as func

from functions.answers import json_answer, json_body
from shared.app.use_cases import App
from shared.auth.caller import Caller, require_creator
from shared.contracts.answers import v2_answers as responses
from shared.contracts.answers.views import chain_receipt_view
from shared.domain.orders.order import ChainRequest
from shared.runtime.errors import RequestInvalidError
from shared.services.placing.place_order import Receipt

BASE_PATH = "notifications/api/v1"


async def placed(
    app: App, req: func.HttpRequest, caller: Caller, read: Callable[..., ChainRequest]
) -> Receipt:
    """Place what the body asks for; a repeat that fails nothing but rules of time is found instead."""
    body = json_body(req, app.settings.request_body_limit_bytes)
    try:
        request = read(body, now=app.clock.now(), defaults=app.defaults)
    except RequestInvalidError as error:
        if error.replayable is None or caller.creator is None:
            raise
        receipt = await app.place_order.find(caller.creator, error.replayable)
        if receipt is None:
            raise
        return receipt
    return await app.place_order(require_creator(caller), request)


def receipt_answer(app: App, receipt: Receipt) -> func.HttpResponse:
    """Return 201 and where the chain is, or 200 with the receipt of an earlier request."""
    body = responses.chain_receipt(chain_receipt_view(receipt.chain_id, receipt.shipments))
    if not receipt.created:
        return json_answer(body)
    location = f"{app.settings.base_uri}/{BASE_PATH}/orders/chain/{receipt.chain_id}"
    return json_answer(body, 201, {"Location": location})
