"""Dead letters for operators: lists them without their bodies, and replays one."""

import azure.functions as func

from functions.answers import API, bare_answer, endpoint, json_answer
from shared.app.use_cases import App
from shared.auth.caller import SUPPORT
from shared.contracts.answers.dead_letter_answers import dead_letter, dead_letter_page
from shared.contracts.queries.dead_letter_query import read_dead_letter_query
from shared.contracts.queries.values import query_of
from shared.records import queues

_PATH = f"{API}/future/dashboard/dead-letters"

bp = func.Blueprint()


@endpoint(bp, "GET", _PATH)
async def list_dead_letters(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return a page of the dead letters of one queue or of all."""
    await app.authorizer.authorize(req.headers, SUPPORT)
    query = read_dead_letter_query(query_of(req.url), queues.QUEUES)
    names = queues.QUEUES if query.queue is None else (query.queue,)
    letters = await app.dead_letters.page(names, query.after, query.page_size)
    return json_answer(dead_letter_page(letters, query.page_size))


@endpoint(bp, "POST", f"{_PATH}/{{queue}}/{{id}}/replay")
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
