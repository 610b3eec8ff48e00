"""Whatever endpoint answers 503 or 429 says after how many seconds to come again."""

import inspect

import azure.functions as func
import pytest

from functions import answers
from functions.endpoints import health
from shared.runtime.errors import ThrottledError, TooManyRequestsError, TransientError, UnavailableError
from tests.support.listing import functions_of_app

ERRORS = [
    (TransientError("down"), 503, "5"),
    (UnavailableError("down"), 503, "5"),
    (ThrottledError("busy", 0.0), 503, "1"),
    (ThrottledError("busy", 12.2), 503, "13"),
    (TooManyRequestsError("too many", 59.1), 429, "60"),
]
WITHOUT_APP = {"health", "openapi_document", "z_other_requests"}
ENDPOINTS = [
    function
    for function in functions_of_app()
    if function.get_trigger().type == "httpTrigger"
    and not function.get_function_name().startswith(("api_docs", *WITHOUT_APP))
]


@pytest.mark.parametrize("function", ENDPOINTS, ids=lambda function: function.get_function_name())
@pytest.mark.parametrize(("error", "status", "seconds"), ERRORS, ids=str)
async def test_pause_is_told(function, error, status, seconds, monkeypatch):
    async def running_app():
        raise error

    monkeypatch.setattr(answers, "running_app", running_app)
    monkeypatch.setattr(health, "running_app", running_app)
    route = {"id": "x", "file": "x", "queue": "orders", "path": "x"}
    request = func.HttpRequest(method="POST", url="http://localhost/", route_params=route, body=b"")
    answer = function.get_user_function()(request)
    answer = await answer if inspect.isawaitable(answer) else answer
    if function.get_function_name() == "ready":
        status, seconds = 503, "5"
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, seconds)
