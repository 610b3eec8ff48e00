"""A condition endpoint whose answer is in its query: tests point orders at the service itself."""

import azure.functions as func

from functions.answers import API, endpoint, json_answer, refuse_other_types
from shared.app.use_cases import App
from shared.contracts.answers.operations_answers import SendConditionAnswer
from shared.contracts.queries.values import query_of

bp = func.Blueprint()


@endpoint(bp, "GET", f"{API}/tests/sendcondition")
async def test_send_condition(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Answer whether to send as the query says; 404 unless a setting turns this on."""
    if not app.settings.send_condition_test_helper:
        return func.HttpResponse(status_code=404)
    refuse_other_types(req)
    met = query_of(req.url).get("conditionmet", "").strip().lower() == "true"
    answer: SendConditionAnswer = {"sendNotification": met}
    return json_answer(answer)
