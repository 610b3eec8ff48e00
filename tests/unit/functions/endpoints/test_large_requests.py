"""A large request waits for its turn before it is read, at every endpoint that reads orders."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import azure.functions as func
import pytest

from functions import answers
from functions.endpoints import instant_orders, placements, previews, v1_orders, v2_orders
from shared.auth.caller import Caller
from tests.support.pipeline.process import Process

LARGE = b'{"recipients":[' + b",".join([b'{"mobileNumber":"+4799999999"}'] * 2000) + b"]}"
ENDPOINTS = [
    v2_orders.place_order,
    v2_orders.place_composed_email,
    v1_orders.place_v1_order,
    v1_orders.place_v1_email_order,
    v1_orders.place_v1_sms_order,
    instant_orders.send_instant_sms,
    instant_orders.send_instant_email,
    instant_orders.send_instant_deprecated,
    previews.preview_order,
    previews.preview_v1_sms_order,
]


@pytest.fixture
def app(world, monkeypatch):
    async def authorize(_headers, policy):
        return Caller("ttd")

    async def running_app():
        return made

    made = replace(Process(world).app, authorizer=SimpleNamespace(authorize=authorize))
    monkeypatch.setattr(answers, "running_app", running_app)
    return made


def posted(body):
    headers = {"Content-Type": "application/json"}
    return func.HttpRequest(method="POST", url="http://localhost/", body=body, headers=headers)


@pytest.mark.parametrize("handle", ENDPOINTS, ids=lambda handle: handle.__name__)
async def test_it_is_not_read_before_its_turn(app, monkeypatch, handle):
    read = []
    monkeypatch.setattr(placements, "json_body", lambda req, _limit: read.append(req) or req.get_body())
    async with app.large_requests.turn("ttd", LARGE):
        large = asyncio.create_task(answers.answer(posted(LARGE), handle))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not read
        assert (await answers.answer(posted(b"{}"), handle)).status_code == 400
        assert len(read) == 1
    assert (await large).status_code in (202, 400)
    assert len(read) == 2
