"""Builds the web application of the pages and serves it on a port of 127.0.0.1."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web

from devstack.pages.configuration import Configuration
from devstack.pages.controls.clock import ClockPage
from devstack.pages.controls.faults import FaultsPage
from devstack.pages.controls.metrics import MetricsPage
from devstack.pages.controls.people import PeoplePage
from devstack.pages.controls.queues import QueuesPage
from devstack.pages.controls.scenarios import ScenariosPage
from devstack.pages.controls.webhooks import WebhooksPage
from devstack.pages.docs import DocsPage
from devstack.pages.index import IndexPage
from devstack.pages.live import Live
from devstack.pages.messages.outbox import OutboxPage
from devstack.pages.orders.compose import ComposePage
from devstack.pages.orders.page import OrdersPage
from devstack.pages.site import JSON_BASE, STATIC, Handler, Site, harden
from devstack.pages.sources import opened
from devstack.processes.life import stop_requested
from devstack.simulators.callers import own_callers_of_control

_HOST = "127.0.0.1"
_SHUTDOWN_SECONDS = 0.2


@asynccontextmanager
async def running_pages(config: Configuration) -> AsyncIterator[int]:
    """Serve the pages while the context lasts; yields their port."""
    async with opened(config) as sources:
        metrics, scenarios = MetricsPage(sources), ScenariosPage(sources)
        live = Live(sources, {"metrics": lambda: metrics.revision, "scenarios": lambda: scenarios.revision})
        parts: list[Part] = [
            IndexPage(sources),
            OutboxPage(sources),
            OrdersPage(sources),
            ComposePage(sources),
            scenarios,
            ClockPage(sources),
            FaultsPage(sources),
            QueuesPage(sources),
            PeoplePage(sources),
            WebhooksPage(sources),
            metrics,
            DocsPage(),
        ]
        running = [asyncio.create_task(live.run()), asyncio.create_task(metrics.run())]
        runner = web.AppRunner(
            _app(parts, live),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, _HOST, config.port).start()
            yield int(runner.addresses[0][1])
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await runner.cleanup()


async def serve_until_stopped(config: Configuration) -> None:
    """Serve, print the ready line, and end at a signal."""
    async with running_pages(config) as port:
        stop = stop_requested()
        print(json.dumps({"ready": {"port": port}}), flush=True)
        await stop.wait()


class Part(Protocol):
    """A page with what belongs to it."""

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""


def _app(parts: Iterable[Part], live: Live) -> web.Application:
    @web.middleware
    async def nudge(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.method != "GET":
            live.nudge()
        return response

    site = Site()
    app = web.Application(middlewares=[harden, own_callers_of_control, site.explain_errors, nudge])
    for part in parts:
        part.add_to(app, site)
    app.router.add_get(f"{JSON_BASE}/events", live.serve)
    app.router.add_static("/static", STATIC)
    return app
