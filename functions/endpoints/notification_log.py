"""The log of a dialog: which addresses were told, for its owner and for the people it concerns."""

from collections.abc import Sequence
from uuid import UUID

import azure.functions as func

from functions.answers import answer, json_answer
from shared.app.use_cases import App
from shared.auth.caller import CREATE_OR_PLATFORM, require_creator
from shared.contracts.answers.v2_answers import log_entry
from shared.contracts.answers.views import log_entry_views
from shared.contracts.reading.queries import LogQuery, query_of, read_log_query
from shared.domain.orders.ended_shipment import ClosedShipment
from shared.runtime.errors import ForbiddenError

BASE_PATH = "notifications/api/v1/future"

bp = func.Blueprint()


@bp.route(f"{BASE_PATH}/log", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def read_owners_log(req: func.HttpRequest) -> func.HttpResponse:
    """Return what an owner sent for a dialog or a transmission."""
    return await answer(req, _owners_log)


@bp.route(f"{BASE_PATH}/enduser/log", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def read_persons_log(req: func.HttpRequest) -> func.HttpResponse:
    """Return what anybody sent for a dialog, to a person who may see it."""
    return await answer(req, _persons_log)


async def _owners_log(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM)
    query, owner = read_log_query(query_of(req.url), dialog_required=False), require_creator(caller)
    if query.dialog_id is not None:
        rows = await app.notification_log.of_dialog(query.dialog_id, owner)
    else:
        assert query.transmission_id is not None  # one of the two is given
        rows = await app.notification_log.of_transmission(owner, query.transmission_id)
    return _answer(rows, query)


async def _persons_log(app: App, req: func.HttpRequest) -> func.HttpResponse:
    person = await app.end_user_login.authenticate(req.headers)
    query = read_log_query(query_of(req.url), dialog_required=True)
    assert query.dialog_id is not None  # required
    if not await app.dialog_access.may_read(person, UUID(query.dialog_id)):
        raise ForbiddenError("this person may not see this dialog")
    return _answer(await app.notification_log.of_dialog(query.dialog_id), query)


def _answer(rows: Sequence[ClosedShipment], query: LogQuery) -> func.HttpResponse:
    wanted = [
        row
        for row in rows
        if query.transmission_id in (None, row.transmission_id and row.transmission_id.strip())
    ]
    entries = [log_entry(entry) for entry in log_entry_views(wanted)]
    return json_answer(entries, headers={"Cache-Control": "no-store"})
