"""Version 2 of the API: place an order or an e-mail with files, cancel, follow a shipment, read the feed."""

import azure.functions as func

from functions.answers import API, endpoint, json_answer, large_answer, refuse_other_types, route_id
from functions.endpoints.placements import place
from shared.app.use_cases import App
from shared.auth.caller import COMPOSED, CREATE_OR_PLATFORM, SUPPORT, require_creator
from shared.contracts.answers import v2_answers
from shared.contracts.queries.api_queries import read_feed_query
from shared.contracts.queries.values import query_of
from shared.contracts.requests.chain_request import read_order_chain
from shared.contracts.requests.composed_request import read_composed_email
from shared.contracts.trace.answer import trace
from shared.contracts.trace.language import language_of
from shared.runtime.errors import ForbiddenError, UnauthenticatedError

bp = func.Blueprint()


@endpoint(bp, "POST", f"{API}/future/orders")
async def place_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Place an order with its reminders: 201, or 200 for a repeat of a known idempotency id."""
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    return await place(app, req, caller, read_order_chain)


@endpoint(bp, "POST", f"{API}/future/orders/composed-email")
async def place_composed_email(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Place an e-mail with files: 201, or 200 for a repeat of a known idempotency id."""
    caller = await app.authorizer.authorize(req.headers, COMPOSED)
    return await place(app, req, caller, read_composed_email)


@endpoint(bp, "GET", f"{API}/future/shipment/{{id:guid}}")
async def read_shipment(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return where a shipment stands."""
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    stored = await app.read_status.shipment(require_creator(caller), route_id(req))
    held_until = app.read_status.held_until(stored)
    async with app.answer_turns.of(stored.creator) as turn:
        notifications = await app.read_status.notifications(stored, turn)
        return await large_answer(
            lambda: v2_answers.shipment(
                str(stored.item),
                stored.order,
                stored.state,
                stored.created_at,
                notifications,
                held_until=held_until,
            ),
            len(notifications),
        )


@endpoint(bp, "GET", f"{API}/future/shipment/{{id:guid}}/trace")
async def read_trace(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return what happened to a shipment, where it stands and why, to its owner or to support."""
    explained = await app.explain_shipment(await _owner_or_support(app, req), route_id(req))
    language = language_of(req.headers.get("Accept-Language") or "")
    stored = explained.stored
    answer = trace(
        str(stored.item),
        stored.order,
        stored.state,
        explained.standing,
        explained.events,
        now=explained.now,
        language=language,
    )
    return json_answer(answer, headers={"Content-Language": language.value})


@endpoint(bp, "GET", f"{API}/future/shipment/feed")
async def read_feed(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return a page of the caller's status feed."""
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    refuse_other_types(req)
    query = read_feed_query(query_of(req.url), app.settings.status_feed_max_page_size)
    creator = require_creator(caller)
    async with app.answer_turns.of(creator) as turn:
        entries = await app.read_status.feed_page(
            creator, after=query.after, limit=query.page_size, descending=query.descending, turn=turn
        )
        return await large_answer(
            lambda: [v2_answers.feed_entry(sequence, closed) for sequence, closed in entries],
            sum(len(closed.notifications) for _, closed in entries),
        )


@endpoint(bp, "PUT", f"{API}/future/orders/{{id:guid}}/cancel")
async def cancel_chain(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Cancel an order and its reminders, as far as they have not begun."""
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    shipments = await app.cancel_chain(require_creator(caller), route_id(req))
    cancelled = [v2_answers.cancelled_shipment(str(s.item), s.order, s.state) for s in shipments]
    return json_answer(v2_answers.chain_cancellation(str(shipments[0].item.chain), cancelled))


async def _owner_or_support(app: App, req: func.HttpRequest) -> str | None:
    """Return the owner whose shipments a caller may see; None for support, who may see those of all."""
    try:
        await app.authorizer.authorize(req.headers, SUPPORT)
    except (ForbiddenError, UnauthenticatedError):
        return require_creator(await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM))
    return None
