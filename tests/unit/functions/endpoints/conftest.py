"""Calls of endpoints that need no HTTP: the app of a test world answers them."""

from dataclasses import replace
from types import SimpleNamespace

import azure.functions as func
import orjson
import pytest

from functions import answers
from shared.auth.caller import Caller
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import VirtualClock, World, start_of_day


@pytest.fixture
def world():
    return World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))


@pytest.fixture
def ask(world, monkeypatch):
    """Return a call of an endpoint by an owner; further names are settings."""

    async def call(handle, body, owner="ttd", query="", **settings):
        async def authorize(_headers, policy):
            return Caller(owner)

        async def running_app():
            return replace(Process(world, **settings).app, authorizer=SimpleNamespace(authorize=authorize))

        monkeypatch.setattr(answers, "running_app", running_app)
        request = func.HttpRequest(
            method="POST", url=f"http://localhost/{query}", body=orjson.dumps(body),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        return await answers.answer(request, handle)

    return call
