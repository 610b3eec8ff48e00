"""A condition endpoint that answers what it is told to: tests point orders at the service itself."""

import azure.functions as func

from functions.answers import answer, json_answer, refuse_other_types
from shared.app.use_cases import App
from shared.contracts.reading.queries import query_of

bp = func.Blueprint()


@bp.route("notifications/api/v1/tests/sendcondition", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def test_send_condition(req: func.HttpRequest) -> func.HttpResponse:
    """Answer whether to send as the query says; not found unless a setting serves it."""
    return await answer(req, _answer)


async def _answer(app: App, req: func.HttpRequest) -> func.HttpResponse:
    if not app.settings.send_condition_test_helper:
        return func.HttpResponse(status_code=404)
    refuse_other_types(req)
    return json_answer(
        {"sendNotification": query_of(req.url).get("conditionmet", "").strip().lower() == "true"}
    )
