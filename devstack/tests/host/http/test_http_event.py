"""The HTTP payload in host/events is what the front makes of a request."""

import asyncio
import dataclasses
import json
from pathlib import Path

from devstack.host.http.front import HttpFront
from devstack.host.http.routes import RouteTable, RouteTarget
from devstack.host.invocations import Invocations
from devstack.host.payloads import HttpAnswer
from devstack.tests.support.host.http_exchange import exchange

EVENT = Path(__file__).parents[1] / "events" / "http.json"


class Runtime:
    async def invoke_http(self, function, parameter, call):
        assert (function, parameter) == ("cancel", "req")
        self.call = call
        return HttpAnswer(204, {}, (), b"")


async def test_the_front_passes_the_captured_payload():
    captured = json.loads(EVENT.read_text(encoding="utf-8"))
    runtime = Runtime()
    routes = RouteTable(
        [("orders/{id:guid}/cancel", RouteTarget("cancel", "req", frozenset({"PUT"})))], "api"
    )
    front = HttpFront(runtime, routes, Invocations(None, lambda: None))
    port = await front.start(0)
    try:
        path = captured["url"].removeprefix("http://localhost:7071")
        headers = {name: value for name, value in captured["headers"].items() if name != "content-length"}
        answer = await asyncio.to_thread(
            exchange, port, captured["method"], path, body=captured["body"].encode(), headers=headers
        )
    finally:
        await front.stop_taking()
        await front.close()

    assert (answer.status, answer.body) == (204, b"")
    assert {**dataclasses.asdict(runtime.call), "body": runtime.call.body.decode()} == captured
