"""The support dashboard: what one person or organisation was sent, by any owner."""

import azure.functions as func

from functions.answers import answer, json_answer
from shared.app.use_cases import App
from shared.auth.caller import SUPPORT
from shared.contracts.answers.support_answers import DeliveryAttempt, SupportShipment, support_shipments
from shared.contracts.reading.queries import query_of
from shared.contracts.requests.dashboard_query import DashboardQuery, RecipientKind, read_dashboard_query
from shared.domain.recipients.identity_kind import IdentityKind
from shared.services.feeding.find_by_recipient import AddressedShipment

BASE_PATH = "notifications/api/v1/future/dashboard/recipients/notifications"
_INDEXED_AS = {
    RecipientKind.PERSON: IdentityKind.PERSON,
    RecipientKind.ORGANIZATION: IdentityKind.ORGANIZATION,
}

bp = func.Blueprint()


@bp.route(f"{BASE_PATH}/nin", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def find_by_national_identity_number(req: func.HttpRequest) -> func.HttpResponse:
    """Return what a person was sent."""
    return await answer(req, lambda app, req: _find(app, req, RecipientKind.PERSON))


@bp.route(f"{BASE_PATH}/orgnumber", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def find_by_organization_number(req: func.HttpRequest) -> func.HttpResponse:
    """Return what an organisation was sent."""
    return await answer(req, lambda app, req: _find(app, req, RecipientKind.ORGANIZATION))


async def _find(app: App, req: func.HttpRequest, kind: RecipientKind) -> func.HttpResponse:
    await app.authorizer.authorize(req.headers, SUPPORT)
    query = read_dashboard_query(kind, req.headers, query_of(req.url), now=app.clock.now())
    found = await app.find_by_recipient(
        _INDEXED_AS[kind], query.identifier, from_at=query.from_at, to_at=query.to_at
    )
    shipments = [_shipment(shipment, query) for shipment in found.shipments]
    headers = {"Cache-Control": "no-store", "X-Result-Truncated": str(found.truncated).lower()}
    return json_answer(support_shipments(shipments), headers=headers)


def _shipment(found: AddressedShipment, query: DashboardQuery) -> SupportShipment:
    order, is_person = found.stored.order, query.kind is RecipientKind.PERSON
    return SupportShipment(
        shipment_id=str(found.stored.item),
        creator=found.stored.creator,
        type=order.type,
        requested_send_at=order.requested_send_at,
        attempts=[
            DeliveryAttempt(
                channel=notification.channel,
                address=notification.address,
                result=notification.result,
                at=notification.at,
                national_identity_number=query.identifier if is_person else None,
                organization_number=None if is_person else query.identifier,
            )
            for notification in found.notifications
        ],
        channel_schema=order.channel_schema,
        resource_id=order.resource_id,
        senders_reference=order.senders_reference,
        condition=found.stored.state.condition,
    )
