"""Version 1 of the API: place orders for many recipients, read them, cancel them.

Every shipment of version 2 is an order here too; it can be read and cancelled under its shipment id.
"""

from collections.abc import Callable

import azure.functions as func

from functions.answers import answer, bare_answer, json_answer, json_body, route_id
from shared.app.use_cases import App
from shared.auth.caller import CREATE_OR_PLATFORM, require_creator
from shared.contracts.answers import v1_answers as v1_responses
from shared.contracts.answers.v1_answers import NotificationRecord, OrderRecord
from shared.contracts.reading.queries import query_of, read_senders_reference
from shared.contracts.requests.v1_request import read_v1_email_order, read_v1_order, read_v1_sms_order
from shared.domain.orders.order import ChainRequest, Channel
from shared.runtime.errors import OrderNotFoundError
from shared.services.feeding.read_status import OrderView

API_PATH = "notifications/api/v1"
ORDERS_PATH = f"{API_PATH}/orders"
ANONYMOUS = func.AuthLevel.ANONYMOUS  # who may call is decided by the credential, not by function keys

bp = func.Blueprint()


@bp.route(ORDERS_PATH, methods=["POST"], auth_level=ANONYMOUS)
async def place_v1_order(req: func.HttpRequest) -> func.HttpResponse:
    """Place an order on a chosen channel."""
    return await answer(req, lambda app, req: _place(app, req, read_v1_order))


@bp.route(f"{ORDERS_PATH}/email", methods=["POST"], auth_level=ANONYMOUS)
async def place_v1_email_order(req: func.HttpRequest) -> func.HttpResponse:
    """Place an order for e-mail."""
    return await answer(req, lambda app, req: _place(app, req, read_v1_email_order))


@bp.route(f"{ORDERS_PATH}/sms", methods=["POST"], auth_level=ANONYMOUS)
async def place_v1_sms_order(req: func.HttpRequest) -> func.HttpResponse:
    """Place an order for SMS."""
    return await answer(req, lambda app, req: _place(app, req, read_v1_sms_order))


@bp.route(ORDERS_PATH, methods=["GET"], auth_level=ANONYMOUS)
async def find_v1_orders(req: func.HttpRequest) -> func.HttpResponse:
    """Return the caller's orders with a sender's reference."""
    return await answer(req, _find)


@bp.route(f"{ORDERS_PATH}/{{id}}", methods=["GET"], auth_level=ANONYMOUS)
async def read_v1_order_by_id(req: func.HttpRequest) -> func.HttpResponse:
    """Return an order as it was accepted."""
    return await answer(req, _read)


@bp.route(f"{ORDERS_PATH}/{{id}}/status", methods=["GET"], auth_level=ANONYMOUS)
async def read_v1_order_status(req: func.HttpRequest) -> func.HttpResponse:
    """Return where an order stands."""
    return await answer(req, _read_status)


@bp.route(f"{ORDERS_PATH}/{{id}}/cancel", methods=["PUT"], auth_level=ANONYMOUS)
async def cancel_v1_order(req: func.HttpRequest) -> func.HttpResponse:
    """Cancel an order that has not begun."""
    return await answer(req, _cancel)


@bp.route(f"{ORDERS_PATH}/{{id}}/notifications/email", methods=["GET"], auth_level=ANONYMOUS)
async def list_v1_emails(req: func.HttpRequest) -> func.HttpResponse:
    """Return the e-mails of an order."""
    return await answer(req, lambda app, req: _notifications(app, req, Channel.EMAIL))


@bp.route(f"{ORDERS_PATH}/{{id}}/notifications/sms", methods=["GET"], auth_level=ANONYMOUS)
async def list_v1_sms(req: func.HttpRequest) -> func.HttpResponse:
    """Return the SMS of an order."""
    return await answer(req, lambda app, req: _notifications(app, req, Channel.SMS))


async def _place(app: App, req: func.HttpRequest, read: Callable[..., ChainRequest]) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    body = json_body(req, app.settings.request_body_limit_bytes)
    request = read(body, now=app.clock.now(), defaults=app.defaults)
    receipt = await app.place_order(require_creator(caller), request)
    order_id = receipt.shipments[0][0]
    location = f"{app.settings.base_uri}/{ORDERS_PATH}/{order_id}"
    return json_answer(v1_responses.order_created(order_id, receipt.lookup), 202, {"Location": location})


async def _find(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    reference = read_senders_reference(query_of(req.url))
    views = await app.read_status.orders_by_reference(require_creator(caller), reference)
    records = [_record(view) for view in views]
    return json_answer(v1_responses.order_list(records, api_base=_api_base(app)))


async def _read(app: App, req: func.HttpRequest) -> func.HttpResponse:
    view = await _view(app, req)
    return json_answer(v1_responses.order(_record(view), api_base=_api_base(app)))


async def _read_status(app: App, req: func.HttpRequest) -> func.HttpResponse:
    return _status_answer(app, await _view(app, req))


async def _cancel(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    order_id = route_id(req)
    try:
        stored = await app.cancel_order(require_creator(caller), order_id)
    except OrderNotFoundError:
        return bare_answer(req, 404)  # this endpoint's 404 has a body, unlike those of the reads
    return _status_answer(app, await app.read_status.whole(stored))


async def _notifications(app: App, req: func.HttpRequest, channel: Channel) -> func.HttpResponse:
    view = await _view(app, req)
    records = [
        NotificationRecord(
            notification_id=str(item),
            channel=notification.channel,
            recipient=view.recipient_of(item, notification.recipient),
            address=notification.address,
            result=notification.result,
            at=notification.at,
        )
        for item, notification in view.notifications
        if notification.channel is channel
    ]
    order = view.stored.order
    return json_answer(
        v1_responses.notification_list(str(view.stored.item), order.senders_reference, records)
    )


async def _view(app: App, req: func.HttpRequest) -> OrderView:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    order_id = route_id(req)
    return await app.read_status.order(require_creator(caller), order_id)


def _status_answer(app: App, view: OrderView) -> func.HttpResponse:
    state = view.stored.state
    results = [(n.channel, n.result) for _, n in view.notifications]
    body = v1_responses.order_status(
        _record(view),
        state.status,
        state.changed_at,
        results,
        api_base=_api_base(app),
        condition=state.condition,
    )
    return json_answer(body)


def _record(view: OrderView) -> OrderRecord:
    stored = view.stored
    return OrderRecord(str(stored.item), stored.creator, stored.created_at, view.order)


def _api_base(app: App) -> str:
    return f"{app.settings.base_uri}/{API_PATH}"
