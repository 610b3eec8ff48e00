"""The HTTP server of the host: that of aiohttp, changed to accept and refuse requests as Azure's server does.

Azure's host uses Kestrel, which accepts every method and refuses what it cannot read with an empty answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import BadHttpMethod, BadStatusLine, LineTooLong
from aiohttp.http_parser import HttpRequestParserPy, RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

BODY_LIMIT_BYTES = 100 * 1024 * 1024

_log = logging.getLogger(__name__)
_LINE_BYTES = 8192
_LIMITS: Mapping[str, Any] = {"max_line_size": _LINE_BYTES, "max_field_size": 32768, "max_headers": 100}
_READ_BYTES = 2**16
_VERSIONS = (HttpVersion10, HttpVersion11)
_WRONG_VERSION = "Invalid HTTP version"

type Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class HttpServer(web.Server):
    """Gives every request that can be read to `handle`; compressed bodies stay compressed."""

    def __init__(self, handle: Handle) -> None:
        """Must be called with a running event loop."""
        super().__init__(handle, request_factory=_request)

    def __call__(self) -> RequestHandler:
        """Return the protocol of one connection."""
        return _Connection(self, loop=self._loop, access_log=None, auto_decompress=False, **_LIMITS)


def refusal(status: int) -> web.Response:
    """Return an empty answer, after which the connection is closed."""
    response = web.Response(status=status)
    response.force_close()
    return response


class _Connection(RequestHandler):
    __slots__ = ()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._parser = cast("Any", _Parser(self._parser, self._slow_parser))

    def _slow_parser(self) -> HttpRequestParserPy:
        return HttpRequestParserPy(self, self._loop, _READ_BYTES, auto_decompress=False, **_LIMITS)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that cannot be read, or that the host itself failed to serve."""
        if status >= 500:
            _log.error("the host failed", exc_info=exc)
            return refusal(status)
        return refusal(_status_of_unreadable(exc, message or ""))


class _Parser:
    """The parser of aiohttp, which knows some forty methods; its slow one from the first other method on."""

    def __init__(self, fast: Any, make_slow: Callable[[], HttpRequestParserPy]) -> None:
        self._current = fast
        self._make_slow: Callable[[], HttpRequestParserPy] | None = make_slow

    def feed_data(self, data: bytes) -> Any:
        found = self._feed(data)
        if not all(message.version in _VERSIONS for message, _ in found[0]):
            raise BadStatusLine(error=_WRONG_VERSION)
        return found

    def _feed(self, data: bytes) -> Any:
        try:
            return self._current.feed_data(data)
        except BadHttpMethod:
            if self._make_slow is None:
                raise
            self._current, self._make_slow = self._make_slow(), None
            return self._current.feed_data(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current, name)


def _status_of_unreadable(error: BaseException | None, message: str) -> int:
    match error:
        case LineTooLong(args=(_, limit, *_)):
            return 414 if limit == _LINE_BYTES else 431
        case _ if "Too many headers" in message:
            return 431
        case _ if _WRONG_VERSION in message:
            return 505
        case _:
            return 400


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    if message.version == HttpVersion10:
        # Kestrel answers old clients in the new version, and then closes the connection.
        message = message._replace(version=HttpVersion11, should_close=True)
    # aiohttp refuses a body of exactly the limit, Azure does not.
    limit = BODY_LIMIT_BYTES + 1
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=limit)
