"""Serves the HTTP functions: passes on requests and answers as Azure's host does."""

import logging
import os
import re
from collections.abc import Mapping
from io import BytesIO

from aiohttp import web
from multidict import CIMultiDict

from devstack.host.http.request_target import Target, UnreadableRequestError, read_query, read_target
from devstack.host.http.routes import RouteMatch, RouteTable
from devstack.host.http.server import BODY_LIMIT_BYTES, HttpServer, refusal
from devstack.host.invocations import Invocations
from devstack.host.payloads import Failure, HttpAnswer, HttpCall
from devstack.host.runtime import FunctionRuntime

_log = logging.getLogger(__name__)
# How long an answer may take to leave once its function has returned and the host stops.
_LAST_WRITE_SECONDS = 0.2
# The host frames the answer itself; other values from a function would corrupt the connection.
_FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding", "connection"})
_HOST = re.compile(r"(?:[\w.~!$&'()*+;=-]+|\[[0-9a-f:.]+\])(?::(\d+))?|", re.IGNORECASE | re.ASCII)
_HIGHEST_PORT = 65535
_RESET_CONTENT = 205
_HEADER_TEXT = re.compile(r"[\t\x20-\x7e]*")
_NO_HOMEPAGE = "AzureWebJobsDisableHomepage"
_HOMEPAGE = "<!doctype html><title>Functions</title><p>This function app is up and running."


class HttpFront:
    """An HTTP server on one port of the loopback interface."""

    def __init__(self, runtime: FunctionRuntime, routes: RouteTable, invocations: Invocations) -> None:
        self._runtime = runtime
        self._routes = routes
        self._invocations = invocations
        self._server = HttpServer(self._handle)
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
        try:
            headers = _headers(request)
            target = read_target(request.raw_path, headers.get("host", ""))
        except UnreadableRequestError:
            return refusal(400)
        match = self._routes.find(request.method, target.path)
        if match is not None:
            return await self._call(match, request, target, headers)
        return _homepage() if target.path == "/" else _empty(404)

    async def _call(
        self, match: RouteMatch, request: web.BaseRequest, target: Target, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        host = headers.get("host", "")
        if not _has_address(host):
            return _empty(500)
        try:
            body = await _body(request)
        except web.HTTPRequestEntityTooLarge:
            return refusal(500)
        function, parameter = match.target.function, match.target.parameter
        call = HttpCall(
            method=request.method,
            url=target.url(host),
            headers=headers,
            query=read_query(target.query),
            route=match.values,
            body=body,
        )
        with self._invocations.running(function):
            answer = await self._runtime.invoke_http(function, parameter, call)
        if isinstance(answer, Failure):
            _log.error("%s failed: %s\n%s", function, answer.error, answer.traceback)
            return _empty(500)
        if not all(map(_HEADER_TEXT.fullmatch, answer.headers.values())):
            _log.error("%s answered with a header that is not plain ASCII", function)
            return _empty(500)
        return _response(answer)


async def _body(request: web.BaseRequest) -> bytes:
    """Return the body of a request with a length: Azure's host passes no other body to Python.

    https://github.com/Azure/azure-functions-host/issues/4926
    """
    length = request.content_length or 0
    if length > BODY_LIMIT_BYTES:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT_BYTES, length)
    if not length:
        return b""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    body = BytesIO()  # the body exists once; `request.read()` copies it while it is still in its buffer
    async for chunk in request.content.iter_any():
        body.write(chunk)
    return body.getvalue()


def _headers(request: web.BaseRequest) -> Mapping[str, str]:
    """Return the headers with names in lower case and repeated ones joined.

    Raises UnreadableRequestError for a value that is not UTF-8 and for a host that cannot be one.
    """
    headers: dict[str, str] = {}
    for header, value in request.headers.items():
        if not value.isascii():
            _refuse_other_encodings(value)
        name = header.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    if not _HOST.fullmatch(headers.get("host", "")):
        raise UnreadableRequestError("host")
    return headers


def _refuse_other_encodings(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnreadableRequestError("header") from None


def _has_address(host: str) -> bool:
    """Whether the host fits into a URL, without which Azure's host cannot call a function."""
    match = _HOST.fullmatch(host)
    return bool(host) and match is not None and int(match[1] or 0) <= _HIGHEST_PORT


def _homepage() -> web.Response:
    """Answer a request for `/`: with a page unless the settings of the app disable it."""
    if os.environ.get(_NO_HOMEPAGE, "").lower() == "true":
        return _empty(204)
    return web.Response(text=_HOMEPAGE, content_type="text/html")


def _empty(status: int) -> web.Response:
    return web.Response(status=status)


def _response(answer: HttpAnswer) -> web.Response:
    headers = CIMultiDict(
        (name, value) for name, value in answer.headers.items() if name.lower() not in _FRAMING_HEADERS
    )
    for cookie in answer.cookies:
        headers.add("Set-Cookie", cookie)
    body = b"" if answer.status == _RESET_CONTENT else answer.body
    return web.Response(status=answer.status, headers=headers, body=body)
