"""What operators are answered when a replay does not work out."""

from types import SimpleNamespace

import azure.functions as func
import orjson
import pytest

from functions import answers
from functions.endpoints import support
from shared.auth.caller import Caller
from shared.records.columns import MAX_BYTES
from shared.runtime.errors import PermanentError, TransientError

ID = "8064600799450000-2f1c9a0be34d5b6a7c8d9e0f"


@pytest.fixture
def replay(monkeypatch):
    """Return a call of the endpoint whose use case does what it is told."""

    async def call(outcome, queue="orders"):
        async def authorize(headers, policy):
            return Caller(None)

        async def replay_dead_letter(queue, letter_id, *, by):
            assert (queue, letter_id, by) == ("orders", ID, "")
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        async def running_app():
            authorizer = SimpleNamespace(authorize=authorize)
            return SimpleNamespace(authorizer=authorizer, replay_dead_letter=replay_dead_letter)

        monkeypatch.setattr(answers, "running_app", running_app)
        request = func.HttpRequest(
            method="POST", url="http://localhost/", route_params={"queue": queue, "id": ID}, body=b""
        )
        answer = await answers.answer(request, support.replay_dead_letter)
        return answer.status_code, orjson.loads(answer.get_body())

    return call


async def test_queue_that_cannot_take_it_is_a_temporary_failure(replay):
    status, problem = await replay(TransientError("Service Bus is down"))
    assert (status, problem["code"]) == (503, "NOT-00004")


async def test_message_that_was_not_kept_is_refused_with_the_reason(replay):
    status, problem = await replay(PermanentError(f"more than {MAX_BYTES} bytes"))
    assert (status, problem["errors"]) == (400, {"": ["more than 720000 bytes"]})


@pytest.mark.parametrize("queue", ["orders", "ORDERS", "nonsense", "orders/$deadletterqueue"])
async def test_unknown_message_or_queue_is_not_found(replay, queue):
    status, problem = await replay(None, queue)
    assert (status, problem["title"]) == (404, "Not Found")
