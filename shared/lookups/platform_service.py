"""One service of the platform: JSON asked and answered, never more calls than it can bear.

All lookups are safe to repeat. What goes wrong is one kind of error that names the service and a status: both
what is asked and what is answered is about people, so neither is ever told.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from shared.breaker import Breaker
from shared.errors import NotificationsError, PermanentError, ThrottledError, UnavailableError
from shared.lookups.http_client import HttpAnswer, HttpClient, HttpRequest, NoAnswerError

MAX_IDS_PER_CALL = 500
_ATTEMPTS = 3
_TOTAL_SECONDS = 10.0
_CALLS_AT_ONCE = 4
_MAX_ANSWER_BYTES = 8 * 1024 * 1024
_NOT_FOUND = 404
_TOO_MANY = 429
_PAUSE_SECONDS = 30.0


class UnreadableAnswerError(UnavailableError):
    """The service answered something other than what its contract says."""


class PlatformService:
    """A service at a base address that ends with a slash; `headers` are asked for before every call."""

    def __init__(
        self,
        name: str,
        base: str,
        http: HttpClient,
        *,
        headers: Callable[[], Mapping[str, str]] = dict,
        breaker: Breaker | None = None,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        self._name = name
        self._base = base if base.endswith("/") else f"{base}/"
        self._http = http
        self._headers = headers
        self._breaker = breaker or Breaker()
        self._total_seconds = total_seconds
        self._calls = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def post(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON object answered.

        UnavailableError, or ThrottledError, for anything else; an answer that refuses the request included.
        """
        answer = await self._call("POST", path, json.dumps(document, ensure_ascii=False))
        return self._object_in(answer)

    async def find(self, path: str) -> dict[str, Any] | None:
        """Return the JSON object at a path, None for 404; errors as `post`."""
        answer = await self._call("GET", path, None)
        return None if answer.status == _NOT_FOUND else self._object_in(answer)

    async def post_chunks(
        self, path: str, ids: Sequence[str], document: Callable[[Sequence[str]], Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Post the documents of at most 500 ids each, a few at a time; return the objects answered."""
        return await in_order(
            [
                self.post(path, document(ids[start : start + MAX_IDS_PER_CALL]))
                for start in range(0, len(ids), MAX_IDS_PER_CALL)
            ]
        )

    def unreadable(self) -> UnreadableAnswerError:
        """Return the error to raise for an answer without what it must have."""
        return UnreadableAnswerError(f"{self._name} gave an answer that cannot be read")

    async def _call(self, method: str, path: str, document: str | None) -> HttpAnswer:
        async with self._calls:
            return await self._breaker.call(lambda: self._send(method, path, document))

    def _object_in(self, answer: HttpAnswer) -> dict[str, Any]:
        if not answer.ok:
            raise UnavailableError(f"{self._name} answered {answer.status}")
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise self.unreadable()
        return value

    async def _send(self, method: str, path: str, document: str | None) -> HttpAnswer:
        content_type = {} if document is None else {"Content-Type": "application/json; charset=utf-8"}
        request = HttpRequest(
            method=method,
            url=self._base + path,
            headers={**content_type, "Accept": "application/json", **self._headers()},
            body=None if document is None else document.encode("utf-8", "surrogatepass"),
            attempts=_ATTEMPTS,
            total_seconds=self._total_seconds,
            max_answer_bytes=_MAX_ANSWER_BYTES,
        )
        try:
            answer = await self._http.send(request)
        except (NoAnswerError, PermanentError) as error:  # both are about the peer, not about the request
            raise UnavailableError(f"{self._name}: {error}") from None
        if answer.status == _TOO_MANY:
            raise ThrottledError(f"{self._name} asked for a pause", _PAUSE_SECONDS)
        if answer.status >= 500:
            raise UnavailableError(f"{self._name} answered {answer.status}")
        return answer


async def in_order[Answer](calls: Sequence[Coroutine[Any, Any, Answer]]) -> list[Answer]:
    """Await calls side by side; the first error ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except* NotificationsError as errors:
        raise _first(errors) from None
    return [task.result() for task in tasks]


def _first(errors: BaseExceptionGroup[NotificationsError]) -> NotificationsError:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
