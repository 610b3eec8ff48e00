"""The support dashboard: what one person or organisation was sent, by any owner."""

import azure.functions as func

from functions.answers import API, endpoint, json_answer
from shared.app.use_cases import App
from shared.auth.caller import SUPPORT
from shared.contracts.answers.support_answers import delivery_attempt, support_shipment
from shared.contracts.queries.dashboard_query import read_dashboard_query
from shared.contracts.queries.values import query_of
from shared.domain.recipients.identity_kind import IdentityKind

_PATH = f"{API}/future/dashboard/recipients/notifications"

bp = func.Blueprint()


@endpoint(bp, "GET", f"{_PATH}/nin")
async def find_by_national_identity_number(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return what a person was sent."""
    return await _find(app, req, IdentityKind.PERSON)


@endpoint(bp, "GET", f"{_PATH}/orgnumber")
async def find_by_organization_number(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return what an organisation was sent."""
    return await _find(app, req, IdentityKind.ORGANIZATION)


async def _find(app: App, req: func.HttpRequest, kind: IdentityKind) -> func.HttpResponse:
    await app.authorizer.authorize(req.headers, SUPPORT)
    query = read_dashboard_query(kind, req.headers, query_of(req.url), now=app.clock.now())
    found = await app.find_by_recipient(kind, query.number, from_at=query.from_at, to_at=query.to_at)
    newest_first = sorted(found.shipments, key=lambda s: s.stored.order.requested_send_at, reverse=True)
    answer = [
        support_shipment(
            str(shipment.stored.item),
            shipment.stored.creator,
            shipment.stored.order,
            shipment.stored.state.condition,
            [delivery_attempt(notification, kind, query.number) for notification in shipment.notifications],
        )
        for shipment in newest_first
    ]
    return json_answer(answer, headers={"X-Result-Truncated": str(found.truncated).lower()})
