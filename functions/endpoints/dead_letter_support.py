"""Dead letters for operators: what is there, without the bodies, and a replay of one of them."""

import azure.functions as func

from functions.answers import answer, bare_answer, json_answer
from shared.app.use_cases import App
from shared.auth.caller import SUPPORT
from shared.contracts.answers.dead_letter_answers import dead_letter, dead_letter_page, read_dead_letter_query
from shared.contracts.reading.queries import query_of
from shared.records import queues

BASE_PATH = "notifications/api/v1/future/dashboard/dead-letters"
_NOT_STORED = {"Cache-Control": "no-store"}

bp = func.Blueprint()


@bp.route(BASE_PATH, methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def list_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Return a page of the dead letters of one queue or of all."""
    return await answer(req, _list)


@bp.route(f"{BASE_PATH}/{{queue}}/{{id}}/replay", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def replay_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """Send a dead letter to its queue again."""
    return await answer(req, _replay)


async def _list(app: App, req: func.HttpRequest) -> func.HttpResponse:
    await app.authorizer.authorize(req.headers, SUPPORT)
    query = read_dead_letter_query(query_of(req.url), queues.QUEUES)
    names = queues.QUEUES if query.queue is None else (query.queue,)
    letters = await app.dead_letters.page(names, query.after, query.page_size)
    return json_answer(dead_letter_page(letters, query.page_size), headers=_NOT_STORED)


async def _replay(app: App, req: func.HttpRequest) -> func.HttpResponse:
    caller = await app.authorizer.authorize(req.headers, SUPPORT)
    queue, letter_id = req.route_params["queue"].lower(), req.route_params["id"].lower()
    letter = None
    if queue in queues.QUEUES:
        letter = await app.replay_dead_letter(queue, letter_id, by=caller.creator or "")
    if letter is None:
        return bare_answer(req, 404)
    return json_answer(dead_letter(letter), 202, headers=_NOT_STORED)
