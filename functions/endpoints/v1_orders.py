"""Version 1 of the API: place orders for many recipients, read them, cancel them.

Every shipment of version 2 is an order here too; it can be read and cancelled under its shipment id.
"""

import azure.functions as func

from functions.answers import API, bare_answer, endpoint, json_answer, large_answer, route_id
from functions.endpoints.placements import Reader, counted_creator, read_order, turn
from shared.app.use_cases import App
from shared.auth.caller import CREATE_OR_PLATFORM, require_creator
from shared.contracts.answers import v1_notification_answers, v1_order_answers
from shared.contracts.answers.v1_notification_answers import NotificationListAnswer
from shared.contracts.answers.v1_order_answers import OrderAnswer, OrderHeadingAnswer
from shared.contracts.queries.api_queries import read_senders_reference
from shared.contracts.queries.values import query_of
from shared.contracts.requests.v1_request import read_v1_email_order, read_v1_order, read_v1_sms_order
from shared.domain.orders.hold import hold_of
from shared.domain.orders.order import Channel
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import OrderNotFoundError

_PATH = f"{API}/orders"

bp = func.Blueprint()


@endpoint(bp, "POST", _PATH)
async def place_v1_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Place an order on a chosen channel."""
    return await _place(app, req, read_v1_order)


@endpoint(bp, "POST", f"{_PATH}/email")
async def place_v1_email_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Place an order for e-mail."""
    return await _place(app, req, read_v1_email_order)


@endpoint(bp, "POST", f"{_PATH}/sms")
async def place_v1_sms_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Place an order for SMS."""
    return await _place(app, req, read_v1_sms_order)


@endpoint(bp, "GET", _PATH)
async def find_v1_orders(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return the caller's orders with a sender's reference."""
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    reference = read_senders_reference(query_of(req.url))
    creator = require_creator(caller)
    async with app.answer_turns.of(creator) as turn:
        found = await app.read_status.orders_by_reference(creator, reference, turn)
        return await large_answer(
            lambda: v1_order_answers.order_list([_order(app, stored) for stored in found.orders]),
            sum(len(stored.order.recipients) for stored in found.orders),
            {"X-Result-Truncated": str(found.truncated).lower()},
        )


@endpoint(bp, "GET", f"{_PATH}/{{id}}")
async def read_v1_order_by_id(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return an order as it was accepted."""
    heading = await _stored(app, req)
    async with app.answer_turns.of(heading.creator) as turn:
        stored = await app.read_status.with_recipients(heading, turn)
        return await large_answer(lambda: _order(app, stored), len(stored.order.recipients))


@endpoint(bp, "GET", f"{_PATH}/{{id}}/status")
async def read_v1_order_status(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return where an order stands."""
    return await _status_answer(app, await _stored(app, req))


@endpoint(bp, "PUT", f"{_PATH}/{{id}}/cancel")
async def cancel_v1_order(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Cancel an order that has not begun; with the id of a chain, its reminders as well."""
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    order_id = route_id(req)
    try:
        stored = await app.cancel_chain.by_any_id(require_creator(caller), order_id)
    except OrderNotFoundError:
        return bare_answer(req, 404)  # this endpoint's 404 has a body, unlike those of the reads
    return await _status_answer(app, stored)


@endpoint(bp, "GET", f"{_PATH}/{{id}}/notifications/email")
async def list_v1_emails(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return the e-mails of an order."""
    return await _notifications_answer(app, await _stored(app, req), Channel.EMAIL)


@endpoint(bp, "GET", f"{_PATH}/{{id}}/notifications/sms")
async def list_v1_sms(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return the SMS of an order."""
    return await _notifications_answer(app, await _stored(app, req), Channel.SMS)


async def _place(app: App, req: func.HttpRequest, read: Reader) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    async with turn(app, req, caller):
        request = await read_order(app, req, read)
        receipt = await app.place_order(await counted_creator(app, caller, request), request)
    order_id = receipt.shipments[0][0]
    location = f"{app.settings.base_uri}/{_PATH}/{order_id}"
    return json_answer(v1_order_answers.order_created(order_id, receipt.lookup), 202, {"Location": location})


async def _stored(app: App, req: func.HttpRequest) -> StoredShipment:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    order_id = route_id(req)
    return await app.read_status.order(require_creator(caller), order_id)


def _order(app: App, stored: StoredShipment) -> OrderAnswer:
    return v1_order_answers.order(_heading(stored), stored.order, api_base=_api_base(app))


async def _status_answer(app: App, stored: StoredShipment) -> func.HttpResponse:
    results = await app.read_status.results(stored)
    return json_answer(
        v1_order_answers.order_status(_heading(stored), stored.state, results, api_base=_api_base(app))
    )


async def _notifications_answer(app: App, stored: StoredShipment, channel: Channel) -> func.HttpResponse:
    async with app.answer_turns.of(stored.creator) as turn:
        view = await app.read_status.whole(stored, turn)
        notifications = [each for each in view.notifications if each[1].channel is channel]
        until = app.read_status.held_until(stored)

        def answer() -> NotificationListAnswer:
            entries = [
                v1_notification_answers.notification_entry(
                    str(item),
                    notification,
                    view.recipient_of(item, notification.recipient),
                    hold_of(stored.order, notification, until),
                )
                for item, notification in notifications
            ]
            return v1_notification_answers.notification_list(
                str(stored.item), stored.order.senders_reference, entries
            )

        return await large_answer(answer, len(notifications))


def _heading(stored: StoredShipment) -> OrderHeadingAnswer:
    return v1_order_answers.order_heading(str(stored.item), stored.creator, stored.created_at, stored.order)


def _api_base(app: App) -> str:
    return f"{app.settings.base_uri}/{API}"
