"""The answer to every placement of version 2."""

import azure.functions as func

from functions.answers import json_answer
from shared.container import Container
from shared.contracts import responses
from shared.contracts.views import chain_receipt_view
from shared.services.place_order import Receipt

BASE_PATH = "notifications/api/v1"


def receipt_answer(app: Container, receipt: Receipt) -> func.HttpResponse:
    """Return 201 and where the chain is, or 200 with the receipt of an earlier request."""
    body = responses.chain_receipt(chain_receipt_view(receipt.chain_id, receipt.shipments))
    if not receipt.created:
        return json_answer(body)
    location = f"{app.settings.base_uri}/{BASE_PATH}/orders/chain/{receipt.chain_id}"
    return json_answer(body, 201, {"Location": location})
