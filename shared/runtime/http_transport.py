"""One lean HTTP connection pool for every Azure SDK client of the process.

azure-core takes any transport. Its own aiohttp one spends half of a table call on things not needed here:
proxy look-ups, streaming, character set detection. This one keeps one pooled session per process, reads each
answer whole, and its errors say whether a failed request can have reached the server.
"""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Self

import aiohttp
from aiohttp.client_exceptions import ConnectionTimeoutError
from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from multidict import CIMultiDict

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 30.0
_DNS_SECONDS = 60
_CONNECTIONS = 256
_OWN_HEADERS = ("Accept-Encoding", "Content-Type", "User-Agent")  # only the request sets these


@dataclass(slots=True, eq=False)
class LeanResponse(AsyncHttpResponse):
    """An answer that was read to its end; its connection is back in the pool.

    `content` is the whole body. `encoding` is the character set for `text`; None means UTF-8, with or without
    a byte order mark.
    """

    request: HttpRequest
    status_code: int
    reason: str
    headers: MutableMapping[str, str]  # names ignore case
    content: bytes
    encoding: str | None = None
    is_closed: bool = True
    is_stream_consumed: bool = True

    @property
    def url(self) -> str:
        """Address of the request."""
        return self.request.url

    @property
    def content_type(self) -> str | None:
        """The Content-Type header as sent."""
        return self.headers.get("Content-Type")

    def body(self) -> bytes:
        """Return the whole body, under the name that older SDK code uses."""
        return self.content

    async def read(self) -> bytes:
        """Return the whole body."""
        return self.content

    def text(self, encoding: str | None = None) -> str:
        """Return the body as text."""
        return self.content.decode(encoding or self.encoding or "utf-8-sig")

    def json(self) -> Any:
        """Return the body parsed as JSON; ValueError when it is none."""
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        """Raise HttpResponseError for a status from 400."""
        if self.status_code >= 400:
            raise HttpResponseError(response=self)

    async def iter_raw(self, **_kwargs: Any) -> AsyncIterator[bytes]:
        """Yield the body in one piece."""
        yield self.content

    async def iter_bytes(self, **_kwargs: Any) -> AsyncIterator[bytes]:
        """Yield the body in one piece."""
        yield self.content

    async def close(self) -> None:
        """Nothing to close."""

    async def __aexit__(self, *_error: object) -> None:
        """Nothing to close."""


class LeanTransport(AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """Transport for azure-core pipelines over one aiohttp session, made on first use on the running loop.

    SDK clients may open and close it as often as they like; only `shutdown` closes connections. Errors tell
    how far a request came: ServiceRequestError means it was not sent, ServiceResponseError that it may have
    been. Proxies, client certificates and streaming are not offered; certificates are always verified.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: HttpRequest, **config: Any) -> LeanResponse:
        """Send one request and read the whole answer.

        `connection_timeout` and `read_timeout` (seconds) override 2 and 10 for this request.
        `until_connected` bounds all that comes before a connection, the look-up of its name included;
        without it that has no bound. Every other option of azure-core's transports is ignored.
        """
        try:
            async with self._session_of_loop().request(
                request.method,
                request.url,  # normalised by yarl: SDK signatures expect this of every async transport
                data=_body_of(request),
                headers=request.headers,
                timeout=_timeout(
                    config.get("connection_timeout", _CONNECT_SECONDS),
                    config.get("until_connected"),
                    config.get("read_timeout", _READ_SECONDS),
                ),
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except ConnectionTimeoutError as error:
            raise ServiceRequestTimeoutError("could not connect in time", error=error) from error
        except TimeoutError as error:
            raise ServiceResponseTimeoutError("no answer in time", error=error) from error
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise ServiceRequestError(type(error).__name__, error=error) from error
        except aiohttp.ClientError as error:
            raise ServiceResponseError(type(error).__name__, error=error) from error
        return LeanResponse(request, answer.status, answer.reason or "", CIMultiDict(answer.headers), body)

    async def open(self) -> None:
        """Nothing to open: the session is made by the first request."""

    async def close(self) -> None:
        """Nothing to close: the session belongs to the process, not to one SDK client."""

    async def shutdown(self) -> None:
        """Close all connections; a later request opens new ones."""
        session, self._session, self._loop = self._session, None, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Self:
        """Enter as every SDK client does; opens nothing."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Leave as every SDK client does; closes nothing."""

    def _session_of_loop(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            self._session, self._loop = _new_session(), loop
        return self._session


@lru_cache(maxsize=64)  # few differ
def _timeout(connect: float, until_connected: float | None, read: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=until_connected, sock_connect=connect, sock_read=read)


@cache
def shared_transport() -> LeanTransport:
    """Return the transport of this process; its `shutdown` is awaited when the process ends."""
    return LeanTransport()


def _new_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_SECONDS, ttl_dns_cache=_DNS_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        skip_auto_headers=_OWN_HEADERS,
    )


def _body_of(request: HttpRequest) -> bytes | None:
    content = request.content
    if isinstance(content, str):
        return content.encode("utf-8") or None
    if content is None or isinstance(content, bytes):
        return content or None
    raise TypeError(f"only text and bytes are sent, not {type(content).__name__}")
