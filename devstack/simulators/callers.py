"""Refuses requests of pages of other sites to the simulators, with 403."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from devstack.own_callers import refused_for, refused_to_control

type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def own_callers(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Let in what comes from this machine."""
    return _refused(refused_for(request.headers)) or await handler(request)


@web.middleware
async def own_callers_of_control(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Let in what comes from this machine, and only writes that are marked as JSON."""
    return _refused(refused_to_control(request.method, request.headers)) or await handler(request)


def _refused(reason: str | None) -> web.Response | None:
    return None if reason is None else web.json_response({"error": reason}, status=403)
