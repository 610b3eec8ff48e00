"""Builds the web application of the pages and serves it on a port of 127.0.0.1."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from devstack.pages.clock import ClockPage
from devstack.pages.configuration import Configuration
from devstack.pages.docs import DocsPage
from devstack.pages.index import IndexPage
from devstack.pages.live import Live
from devstack.pages.outbox import OutboxPage
from devstack.pages.site import JSON_BASE, STATIC, Handler, Site, explain_errors, harden
from devstack.pages.sources import Sources, opened
from devstack.processes.life import stop_requested
from devstack.simulators.callers import own_callers_of_control

_HOST = "127.0.0.1"
_SHUTDOWN_SECONDS = 0.2


@asynccontextmanager
async def running_pages(config: Configuration) -> AsyncIterator[int]:
    """Serve the pages while the context lasts; yields their port."""
    async with opened(config) as sources:
        live = Live(sources, {})
        looking = asyncio.create_task(live.run())
        runner = web.AppRunner(
            _app(sources, live),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, _HOST, config.port).start()
            yield int(runner.addresses[0][1])
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            await runner.cleanup()


async def serve_until_stopped(config: Configuration) -> None:
    """Serve, print the ready line, and end at a signal."""
    async with running_pages(config) as port:
        stop = stop_requested()
        print(json.dumps({"ready": {"port": port}}), flush=True)
        await stop.wait()


def _app(sources: Sources, live: Live) -> web.Application:
    @web.middleware
    async def nudge(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.method != "GET":
            live.nudge()
        return response

    app = web.Application(middlewares=[harden, own_callers_of_control, explain_errors, nudge])
    site = Site()
    IndexPage(sources).add_to(app, site)
    OutboxPage(sources).add_to(app, site)
    DocsPage().add_to(app, site)
    ClockPage(sources).add_to(app, site)
    app.router.add_get(f"{JSON_BASE}/events", live.serve)
    app.router.add_static("/static", STATIC)
    return app
