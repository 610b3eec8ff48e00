"""The support dashboard: what one recipient was sent, by any owner, and dead letters."""

from collections.abc import Callable

import azure.functions as func

from functions.answers import API, bare_answer, endpoint, json_answer
from shared.app.use_cases import App
from shared.auth.caller import SUPPORT
from shared.contracts.answers.dead_letter_answers import dead_letter, dead_letter_page
from shared.contracts.answers.support_answers import DeliveryAttemptAnswer, delivery_attempt, support_shipment
from shared.contracts.queries.dashboard_query import read_dashboard_query, read_email_query
from shared.contracts.queries.dead_letter_query import read_dead_letter_query
from shared.contracts.queries.values import query_of
from shared.contracts.trace.language import language_of
from shared.contracts.trace.sentences import summary
from shared.domain.orders.notification import Notification
from shared.domain.recipients.identity_kind import IdentityKind
from shared.records import queues
from shared.services.feeding.find_by_recipient import Found

_RECIPIENTS = f"{API}/future/dashboard/recipients/notifications"
_LETTERS = f"{API}/future/dashboard/dead-letters"

bp = func.Blueprint()


@endpoint(bp, "GET", f"{_RECIPIENTS}/nin")
async def find_by_national_identity_number(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return what a person was sent."""
    return await _find(app, req, IdentityKind.PERSON)


@endpoint(bp, "GET", f"{_RECIPIENTS}/orgnumber")
async def find_by_organization_number(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return what an organisation was sent."""
    return await _find(app, req, IdentityKind.ORGANIZATION)


@endpoint(bp, "GET", f"{_RECIPIENTS}/email")
async def find_by_email_address(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return what was sent to an e-mail address; 404 unless a setting keeps the index for this."""
    await app.authorizer.authorize(req.headers, SUPPORT)
    if not app.settings.support_search_by_email:
        return bare_answer(req, 404)
    query = read_email_query(req.headers, query_of(req.url), now=app.clock.now())
    found = await app.find_by_recipient.by_email(query.sought, from_at=query.from_at, to_at=query.to_at)
    return _found_answer(req, found, delivery_attempt)


@endpoint(bp, "GET", _LETTERS)
async def list_dead_letters(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return a page of the dead letters of one queue or of all."""
    await app.authorizer.authorize(req.headers, SUPPORT)
    query = read_dead_letter_query(query_of(req.url), queues.QUEUES)
    names = queues.QUEUES if query.queue is None else (query.queue,)
    letters = await app.dead_letters.page(names, query.after, query.page_size)
    return json_answer(dead_letter_page(letters, query.page_size))


@endpoint(bp, "POST", f"{_LETTERS}/{{queue}}/{{id}}/replay")
async def replay_dead_letter(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Send a dead letter to its queue again."""
    caller = await app.authorizer.authorize(req.headers, SUPPORT)
    queue, letter_id = req.route_params["queue"].lower(), req.route_params["id"].lower()
    letter = None
    if queue in queues.QUEUES:
        letter = await app.replay_dead_letter(queue, letter_id, by=caller.creator or "")
    if letter is None:
        return bare_answer(req, 404)
    return json_answer(dead_letter(letter), 202)


async def _find(app: App, req: func.HttpRequest, kind: IdentityKind) -> func.HttpResponse:
    await app.authorizer.authorize(req.headers, SUPPORT)
    query = read_dashboard_query(kind, req.headers, query_of(req.url), now=app.clock.now())
    found = await app.find_by_recipient(kind, query.sought, from_at=query.from_at, to_at=query.to_at)
    return _found_answer(req, found, lambda notification: delivery_attempt(notification, kind, query.sought))


def _found_answer(
    req: func.HttpRequest, found: Found, attempt: Callable[[Notification], DeliveryAttemptAnswer]
) -> func.HttpResponse:
    language = language_of(req.headers.get("Accept-Language") or "")
    newest_first = sorted(found.shipments, key=lambda s: s.stored.order.requested_send_at, reverse=True)
    answer = [
        support_shipment(
            str(shipment.stored.item),
            shipment.stored.creator,
            shipment.stored.order,
            shipment.stored.state.condition,
            [attempt(notification) for notification in shipment.notifications],
            summary=summary(shipment.standing, found.now, language),
        )
        for shipment in newest_first
    ]
    headers = {"X-Result-Truncated": str(found.truncated).lower(), "Content-Language": language.value}
    return json_answer(answer, headers=headers)
