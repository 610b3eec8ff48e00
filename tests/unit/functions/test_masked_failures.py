"""Whatever fails in a trigger, the Functions host is told an error of ours without any text of others."""

import asyncio
import inspect
import logging
import traceback
from types import SimpleNamespace

import azure.functions as func
import pytest

from functions import answers, pipeline, timers
from functions.endpoints import health
from functions.masked_failures import InvocationFailedError, masked_failures
from shared.runtime.errors import TransientError
from tests.support.listing import functions_of_app

SECRET, NUMBER = "password=geheim", "01017012345"
FUNCTIONS = functions_of_app()
QUEUES_AND_TIMERS = [f for f in FUNCTIONS if f.get_trigger().type != "httpTrigger"]
HTTP = [f for f in FUNCTIONS if f.get_trigger().type == "httpTrigger"]


def name_of(function):
    return function.get_function_name()


class ForeignError(Exception):
    """An exception of a library."""


def failing():
    try:
        raise ForeignError(f"inner {SECRET} {NUMBER}")
    except ForeignError as error:
        raise ForeignError(f"outer {SECRET} Kari Nordmann") from error


class FailingApp:
    """An app in which every use case fails."""

    settings = SimpleNamespace(jwt_cookie_name="c", base_uri="http://localhost")

    def __getattr__(self, name):
        failing()


async def no_pause(_seconds):
    return None


@pytest.fixture(params=["starting", "working"])
def broken(request, monkeypatch):
    async def running_app():
        return failing() if request.param == "starting" else FailingApp()

    for module in (answers, pipeline, timers, health):
        monkeypatch.setattr(module, "running_app", running_app)
    monkeypatch.setattr(pipeline, "asyncio", SimpleNamespace(sleep=no_pause))


def invocation(function):
    trigger = function.get_trigger()
    if trigger.type == "timerTrigger":
        return SimpleNamespace(past_due=False)
    message = SimpleNamespace(get_body=lambda: b"{}", application_properties={})
    many = getattr(trigger, "cardinality", None) == func.Cardinality.MANY
    return [message] if many else message


@pytest.mark.parametrize("function", QUEUES_AND_TIMERS, ids=name_of)
async def test_queues_and_timers_tell_the_host_no_text_of_others(function, broken, caplog):
    caplog.set_level(logging.ERROR)
    with pytest.raises(InvocationFailedError) as failure:
        await function.get_user_function()(invocation(function))
    told = "".join(traceback.format_exception(failure.value))
    for secret in ("geheim", NUMBER, "Nordmann"):
        assert secret not in told
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None
    assert any(record.exc_info for record in caplog.records)  # it is in the log, which is masked


@pytest.mark.parametrize("function", HTTP, ids=name_of)
async def test_endpoints_raise_nothing(function, broken):
    request = func.HttpRequest(
        method="POST",
        url="http://localhost/",
        route_params={"id": "x", "file": "x", "queue": "orders", "path": "x"},
        body=b"",
    )
    result = function.get_user_function()(request)
    answer = await result if inspect.isawaitable(result) else result
    assert b"geheim" not in (answer.get_body() or b"")


async def failing_with(error):
    raise error


async def test_errors_of_ours_are_told_masked():
    told = r"x failed: TransientError: to ka\*\*\*@example.no<U\+000A>"
    with pytest.raises(InvocationFailedError, match=told):
        await masked_failures("x", failing_with(TransientError("to kari@example.no\n")))


async def test_the_end_of_the_process_is_not_held_up():
    with pytest.raises(asyncio.CancelledError):
        await masked_failures("x", failing_with(asyncio.CancelledError()))
