"""Simulators in the test's own loop, a webhook that records reports, a publisher that keeps events."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from devstack.simulators.configuration import Configuration
from devstack.simulators.server import running_simulators

ACS_KEY = base64.b64encode(b"an access key for tests").decode()


class KeptEvents:
    """An event publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.bodies: asyncio.Queue[bytes] = asyncio.Queue()

    def publish(self, event_id: str, body: bytes) -> None:
        self.bodies.put_nowait(body)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return dict(json.loads(await self.bodies.get()))


@dataclass
class Webhook:
    """Records delivery reports; `answers` are the statuses to give first, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    calls: asyncio.Queue[tuple[str, str, bytes]] = field(default_factory=asyncio.Queue)

    async def next(self) -> tuple[str, str, bytes]:
        """Return Authorization, Content-Type and body of the next call."""
        async with asyncio.timeout(5):
            return await self.calls.get()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.calls.put_nowait((request.headers["Authorization"], request.content_type, body))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@dataclass
class Cloud:
    """Addresses of the running simulators, and a client for their control API."""

    ports: dict[str, int]
    events: KeptEvents
    webhook: Webhook
    http: aiohttp.ClientSession

    def url(self, name: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    async def control(self, method: str, path: str, body: object = None) -> Any:
        async with self.http.request(method, self.url("control", path), json=body) as answer:
            answer.raise_for_status()
            return None if answer.status == 204 else await answer.json()

    async def fault(self, **rule: object) -> None:
        await self.control("POST", "/faults", rule)

    async def outbox(self, to: str, count: int = 1) -> dict[str, Any]:
        return dict(await self.control("GET", f"/outbox?to={to}&wait=5s&count={count}"))


type StartCloud = Callable[..., Awaitable[Cloud]]


@pytest.fixture
async def start_cloud(tmp_path: Path) -> AsyncIterator[StartCloud]:
    """Starts simulators with given changes to their configuration; they end with the test."""
    async with AsyncExitStack() as stack:
        webhook = Webhook()
        app = web.Application()
        app.router.add_post("/reports", webhook.take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        webhook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/reports"

        async def start(**changes: object) -> Cloud:
            events = KeptEvents()
            config = Configuration.parse(
                {
                    "serviceBus": "",
                    "acsKey": ACS_KEY,
                    "sms": {"user": "sms-user", "password": "sms-pass"},
                    "smsReport": {"url": webhook.url, "user": "rep", "password": "pwd"},
                    "clockFile": str(tmp_path / "clock"),
                    "metricsApiKey": "metrics-key",
                    "reportDelaySeconds": 0.02,
                    **changes,
                }
            )
            ports = await stack.enter_async_context(running_simulators(config, events))
            http = await stack.enter_async_context(aiohttp.ClientSession())
            return Cloud(ports, events, webhook, http)

        yield start


@pytest.fixture
async def cloud(start_cloud: StartCloud) -> Cloud:
    return await start_cloud()
