"""The one way to registers, Maskinporten and the endpoints of senders: `requests` on a few threads.

Every call has a connect, a read and a total time limit, and limits on the head and the body that are read.
Nothing blocks the event loop. Neither a peer that never finishes nor a silent name server keeps a thread.
Redirects and proxies are not followed. Errors name a reason and never the URL, whose query may hold anything.
"""

import asyncio
import json
import os
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests

from shared.lookups.addresses import Reach
from shared.lookups.bounded_answer import AnswerTooLargeError
from shared.lookups.host_names import NameServers, resolve
from shared.lookups.http_session import (
    CONNECT_SECONDS,
    DestinationRefusedError,
    Exchange,
    Resolver,
    new_session,
)
from shared.runtime.azure import runs_in_azure
from shared.runtime.errors import TransientError

READ_SECONDS = 10.0
TOTAL_SECONDS = 10.0
MAX_ANSWER_BYTES = 1024 * 1024
_FIRST_PAUSE_SECONDS = 0.2
_CHUNK_BYTES = 16 * 1024
_WORTH_A_RETRY = frozenset({502, 503, 504})


class NoAnswerError(TransientError):
    """No whole answer came: no connection, a broken one, or time was up.

    The request may have been received all the same.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request. With more than one attempt it must be safe to repeat.

    `total_seconds` covers all attempts and the pauses between them.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    attempts: int = 1
    total_seconds: float = TOTAL_SECONDS
    max_answer_bytes: int = MAX_ANSWER_BYTES


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The whole answer, whatever its status; header names ignore case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the body parsed as JSON; ValueError when it is none."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("JSON is nested too deeply") from error


class HttpClient:
    """Sends requests from the event loop over pooled connections.

    With `public_only` the URLs come from outside: they reach addresses of the public internet only. Otherwise
    they come from our own settings. `insecure_local` adds http and loopback addresses; in Azure it is refused
    with ValueError.
    """

    def __init__(
        self,
        *,
        public_only: bool,
        insecure_local: bool = False,
        threads: int = 8,
        authorities: str | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        if insecure_local and runs_in_azure(os.environ):
            raise ValueError("insecure local endpoints are for a local cloud, never for Azure")
        self._schemes = {"https", "http"} if insecure_local else {"https"}
        self._reach = _reach(public_only=public_only, insecure_local=insecure_local)
        self._resolver = resolver or (NameServers() if public_only else resolve)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="http")
        self._session = new_session(connections=threads, authorities=authorities)

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Send and return the answer, of whatever status.

        Raises NoAnswerError, DestinationRefusedError or AnswerTooLargeError. Attempts after the first follow
        a missing answer or a 502, 503 or 504, with pauses that double and vary, while the total time lasts.
        """
        deadline = monotonic() + request.total_seconds
        for retry in range(request.attempts - 1):
            pause = _FIRST_PAUSE_SECONDS * 2**retry * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
            try:
                answer = await self._attempt(request, deadline - monotonic())
            except NoAnswerError:
                if monotonic() + pause >= deadline:
                    raise
            else:
                if answer.status not in _WORTH_A_RETRY or monotonic() + pause >= deadline:
                    return answer
            await asyncio.sleep(pause)
        return await self._attempt(request, deadline - monotonic())

    def close(self) -> None:
        """Close connections and threads; calls still running are not waited for."""
        self._session.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _attempt(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        exchange = Exchange(self._resolver, self._reach, seconds)
        running = self._threads.submit(self._exchange, exchange, request, seconds)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            raise NoAnswerError("deadline") from None
        finally:
            exchange.end()

    def _exchange(self, exchange: Exchange, request: HttpRequest, seconds: float) -> HttpAnswer:
        with exchange.on_this_thread():
            try:
                if urlsplit(request.url).scheme.lower() not in self._schemes:
                    raise DestinationRefusedError("only https is spoken")
                with self._session.request(
                    request.method,
                    request.url,
                    headers=dict(request.headers),
                    data=request.body,
                    timeout=(min(CONNECT_SECONDS, seconds), min(READ_SECONDS, seconds)),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = _read(response, request.max_answer_bytes)
                    return HttpAnswer(response.status_code, response.headers, body)
            # The cause is cut off: its text, which a traceback would show, holds the URL.
            except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
                raise DestinationRefusedError(f"not a usable address: {type(error).__name__}") from None
            except (requests.RequestException, OSError, ValueError) as error:
                raise NoAnswerError(type(error).__name__) from None


def _reach(*, public_only: bool, insecure_local: bool) -> Reach:
    if not public_only:
        return Reach.ANYWHERE
    return Reach.PUBLIC_AND_LOOPBACK if insecure_local else Reach.PUBLIC


def _read(response: requests.Response, limit: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(
        min(_CHUNK_BYTES, limit + 1)
    ):  # a chunk is waited for until it is full
        body += chunk
        if len(body) > limit:
            raise AnswerTooLargeError(f"the answer is longer than {limit} bytes")
    return bytes(body)


def reason_of(error: Exception) -> str:
    """Return why there is no answer, in words that may be stored and shown."""
    match error:
        case TimeoutError():
            return "deadline"
        case DestinationRefusedError():
            return "address refused"
        case AnswerTooLargeError():
            return "answer too large"
        case NoAnswerError():
            return str(error)  # the kind of failure, such as ReadTimeout
        case _:
            return type(error).__name__
