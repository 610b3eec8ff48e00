"""Serves the HTTP functions: hands requests over and answers back the way Azure's host does."""

import asyncio
import logging
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler
from multidict import CIMultiDict

from devstack.host.invocations import Invocations
from devstack.host.payloads import Failure, HttpAnswer, HttpCall
from devstack.host.routes import MethodMismatch, RouteMatch, RouteTable
from devstack.host.runtime import FunctionRuntime

_log = logging.getLogger(__name__)
_BODY_LIMIT_BYTES = 100 * 1024 * 1024
# How long an answer may take to leave once its function has returned and the host stops.
_LAST_WRITE_SECONDS = 0.2
# The host frames the answer itself; a function's own idea of these would corrupt the connection.
_FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding", "connection"})


class HttpFront:
    """An HTTP server on one port of the loopback interface."""

    def __init__(self, runtime: FunctionRuntime, routes: RouteTable, invocations: Invocations) -> None:
        self._runtime = runtime
        self._routes = routes
        self._invocations = invocations
        self._server = web.Server(self._handle, request_factory=_request, access_log=None)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=_LAST_WRITE_SECONDS)

    async def start(self, port: int) -> int:
        """Listen on `port` (0 = any free one) and return it."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, backlog=1024).start()
        return int(self._runner.addresses[0][1])

    async def stop_taking(self) -> None:
        """Refuse new connections and let each open one end with the request it is serving."""
        for site in self._runner.sites:
            await site.stop()
        self._server.pre_shutdown()

    async def close(self) -> None:
        """Write the last answers and cut off requests that still run."""
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        found = self._routes.find(request.method, request.rel_url.raw_path)
        if isinstance(found, RouteMatch):
            return await self._call(found, request)
        if isinstance(found, MethodMismatch):
            return _empty(405, {"Allow": ", ".join(found.allowed)})
        return _empty(404)

    async def _call(self, match: RouteMatch, request: web.BaseRequest) -> web.StreamResponse:
        target = match.target
        try:
            call = HttpCall(
                method=request.method,
                url=f"{request.scheme}://{request.host}{request.raw_path}",
                headers=_headers(request),
                query=_query(request.rel_url.raw_query_string),
                route=match.values,
                body=await _body(request),
            )
        except web.HTTPRequestEntityTooLarge:
            return _empty(413, {"Connection": "close"})
        with self._invocations.running(target.function):
            answer = await self._runtime.invoke_http(target.function, target.parameter, call)
        if isinstance(answer, Failure):
            _log.error("%s failed: %s\n%s", target.function, answer.error, answer.traceback)
            return _empty(500)
        return _response(answer)


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    # aiohttp refuses a body of exactly the limit, Azure does not.
    limit = _BODY_LIMIT_BYTES + 1
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=limit)


async def _body(request: web.BaseRequest) -> bytes:
    if (request.content_length or 0) > _BODY_LIMIT_BYTES:
        raise web.HTTPRequestEntityTooLarge(_BODY_LIMIT_BYTES, request.content_length or 0)
    if request.version == HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    return await request.read()


def _headers(request: web.BaseRequest) -> Mapping[str, str]:
    """Return the headers with names in lower case and repeated ones joined."""
    headers: dict[str, str] = {}
    for header, value in request.headers.items():
        name = header.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _query(raw_query: str) -> Mapping[str, str]:
    """Return the query without empty values; repeated names, whatever their case, are joined."""
    if not raw_query:
        return {}
    spelling: dict[str, str] = {}
    query: dict[str, str] = {}
    for written, value in parse_qsl(raw_query):
        name = spelling.setdefault(written.lower(), written)
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _empty(status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, headers=headers)


def _response(answer: HttpAnswer) -> web.Response:
    headers = CIMultiDict(
        (name, value) for name, value in answer.headers.items() if name.lower() not in _FRAMING_HEADERS
    )
    for cookie in answer.cookies:
        headers.add("Set-Cookie", cookie)
    return web.Response(status=answer.status, headers=headers, body=answer.body)
