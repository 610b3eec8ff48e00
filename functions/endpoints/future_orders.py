"""Version 2 of the API: place an order, follow a shipment, read the feed."""

import asyncio
from collections.abc import Sequence

import azure.functions as func

from functions.answers import answer, json_answer, refuse_other_types, route_id
from functions.endpoints.placements import BASE_PATH, placed, receipt_answer
from shared.app.use_cases import App
from shared.auth.caller import CREATE_OR_PLATFORM, require_creator
from shared.contracts.answers import v2_answers as responses
from shared.contracts.answers.views import feed_entry_view, shipment_view
from shared.contracts.reading.queries import query_of, read_feed_query
from shared.contracts.requests.chain_request import read_order_chain
from shared.domain.orders.ended_shipment import ClosedShipment

bp = func.Blueprint()


@bp.route(f"{BASE_PATH}/future/orders", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def place_order(req: func.HttpRequest) -> func.HttpResponse:
    """Place an order with its reminders: 201, or 200 for a repeat of a known idempotency id."""
    return await answer(req, _place_order)


@bp.route(f"{BASE_PATH}/future/shipment/{{id:guid}}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def read_shipment(req: func.HttpRequest) -> func.HttpResponse:
    """Return where a shipment stands."""
    return await answer(req, _read_shipment)


@bp.route(f"{BASE_PATH}/future/shipment/feed", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def read_feed(req: func.HttpRequest) -> func.HttpResponse:
    """Return a page of the caller's status feed."""
    return await answer(req, _read_feed)


@bp.route(
    f"{BASE_PATH}/future/orders/{{id:guid}}/cancel", methods=["PUT"], auth_level=func.AuthLevel.ANONYMOUS
)
async def cancel_chain(req: func.HttpRequest) -> func.HttpResponse:
    """Cancel an order and its reminders, as far as they have not begun."""
    return await answer(req, _cancel_chain)


async def _place_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    return receipt_answer(app, await placed(app, req, caller, read_order_chain))


async def _cancel_chain(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    shipments = await app.cancel_chain(require_creator(caller), route_id(req))
    views = [shipment_view(str(s.item), s.order, s.state, s.created_at, ()) for s in shipments]
    return json_answer(responses.chain_cancellation(str(shipments[0].item.chain), views))


async def _read_shipment(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    stored = await app.read_status.shipment(require_creator(caller), route_id(req))
    notifications = [n for _, n in (await app.read_status.whole(stored)).notifications]
    view = shipment_view(str(stored.item), stored.order, stored.state, stored.created_at, notifications)
    return json_answer(responses.shipment(view))


async def _read_feed(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    refuse_other_types(req)
    query = read_feed_query(query_of(req.url), app.settings.status_feed_max_page_size)
    entries = await app.read_status.feed_page(
        require_creator(caller), after=query.after, limit=query.page_size, descending=query.descending
    )
    return await asyncio.to_thread(_feed_answer, entries)  # large orders take long to write: not on the loop


def _feed_answer(entries: Sequence[tuple[int, ClosedShipment]]) -> func.HttpResponse:
    return json_answer(
        [responses.feed_entry(feed_entry_view(sequence, closed)) for sequence, closed in entries]
    )
