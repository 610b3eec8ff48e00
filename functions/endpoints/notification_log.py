"""The log of a dialog: which addresses were notified, for the owner and for the people it concerns."""

from collections.abc import Sequence
from uuid import UUID

import azure.functions as func

from functions.answers import API, endpoint, large_answer
from shared.app.use_cases import App
from shared.auth.caller import CREATE_OR_PLATFORM, SUPPORT, require_creator
from shared.contracts.answers.v2_answers import log_entries
from shared.contracts.queries.api_queries import LogQuery, read_log_query
from shared.contracts.queries.values import query_of
from shared.runtime.errors import ForbiddenError
from shared.storage.notification_log import LoggedRow

bp = func.Blueprint()


@endpoint(bp, "GET", f"{API}/future/log")
async def read_owners_log(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return what an owner sent for a dialog or a transmission; to support, what all sent for a dialog."""
    caller = await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM, SUPPORT)
    is_support = caller.satisfies(SUPPORT)
    query = read_log_query(query_of(req.url), dialog_required=is_support)
    if is_support:
        return await _log_of_all_owners(app, query)
    owner = require_creator(caller)
    if query.dialog_id is not None:
        rows = await app.notification_log.of_dialog(query.dialog_id, owner)
    else:
        assert query.transmission_id is not None  # one of the two is given
        rows = await app.notification_log.of_transmission(owner, query.transmission_id)
    return await _log_answer(rows, query)


@endpoint(bp, "GET", f"{API}/future/enduser/log")
async def read_persons_log(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return what any owner sent for a dialog, to a person who may see it."""
    person = await app.end_user_login.authenticate(req.headers)
    query = read_log_query(query_of(req.url), dialog_required=True)
    if not await app.dialog_access.may_read(person, UUID(query.dialog_id)):
        raise ForbiddenError("This person may not see this dialog.")
    return await _log_of_all_owners(app, query)


async def _log_of_all_owners(app: App, query: LogQuery) -> func.HttpResponse:
    assert query.dialog_id is not None  # required
    return await _log_answer(await app.notification_log.of_all_owners(query.dialog_id), query)


async def _log_answer(rows: Sequence[LoggedRow], query: LogQuery) -> func.HttpResponse:
    wanted = [
        (owner, row)
        for owner, row in rows
        if query.transmission_id in (None, row.transmission_id and row.transmission_id.strip())
    ]
    notifications = sum(len(row.notifications) for _, row in wanted)
    return await large_answer(lambda: log_entries(wanted), notifications)
