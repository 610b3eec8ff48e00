"""One service of the platform: JSON requests and answers, a few calls at a time.

All lookups are safe to repeat. Errors name the service and a status. They quote neither request nor answer,
because both are about people.

A refused request is no outage, because it would be refused for ever: it holds an identifier that the service
does not understand, and nothing is known under it.
"""

import asyncio
import itertools
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.lookups.http_client import HttpAnswer, HttpClient, HttpRequest, NoAnswerError
from shared.runtime.breaker import Breaker
from shared.runtime.errors import NotificationsError, PermanentError, ThrottledError, UnavailableError

MAX_IDS_PER_CALL = 500
_ATTEMPTS = 3
_TOTAL_SECONDS = 10.0
_CALLS_AT_ONCE = 4
_MAX_ANSWER_BYTES = 8 * 1024 * 1024
_NOT_FOUND = 404
_TOO_MANY = 429
_PAUSE_SECONDS = 30.0
# Of the statuses below 500 these are about our credentials, our settings or the moment.
_NOT_ABOUT_WHAT_WAS_ASKED = frozenset({401, 403, 404, 405, 406, 407, 408, 411, 415, 421, 423, 425, 426, 429})
_MAX_REFUSALS = 32  # of one lookup: enough to find three ids among 500
_log = logging.getLogger(__name__)


class UnreadableAnswerError(UnavailableError):
    """The service answered something other than what its contract says."""


class RequestRefusedError(PermanentError):
    """The service does not accept what was asked, and never will."""


@dataclass(slots=True, eq=False)
class PlatformService:
    """A service at a base address; `headers` are asked for before every call."""

    name: str
    base: str
    http: HttpClient
    headers: Callable[[], Mapping[str, str]] = field(default=dict, repr=False)
    breaker: Breaker = field(default_factory=Breaker)
    total_seconds: float = _TOTAL_SECONDS
    _calls: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(_CALLS_AT_ONCE))

    async def post(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON object answered.

        RequestRefusedError; UnavailableError, or ThrottledError, for anything else.
        """
        answer = await self._call("POST", path, json.dumps(document, ensure_ascii=False))
        return self._object_in(answer)

    async def find(self, path: str) -> dict[str, Any] | None:
        """Return the JSON object at a path, None for 404 or a path that is refused; errors as `post`."""
        answer = await self._call("GET", path, None)
        if answer.status == _NOT_FOUND:
            return None
        try:
            return self._object_in(answer)
        except RequestRefusedError as error:
            _log.warning("%s; it counts as not found", error)
            return None

    async def post_chunks[Id](
        self,
        path: str,
        ids: Sequence[Id],
        document: Callable[[Sequence[Id]], Mapping[str, Any]],
        *,
        size: int = MAX_IDS_PER_CALL,
    ) -> list[dict[str, Any]]:
        """Post the documents of at most `size` ids each, a few at a time; return the objects answered.

        A chunk that is refused is asked for in halves, so that one id costs the others nothing. What is
        refused in the end is left out, like ids that the service does not know.
        """
        refusals = itertools.count(1)

        async def answers(part: Sequence[Id]) -> list[dict[str, Any]]:
            try:
                return [await self.post(path, document(part))]
            except RequestRefusedError as error:
                if next(refusals) > _MAX_REFUSALS or len(part) == 1:
                    _log.warning("%s; %d ids count as unknown", error, len(part))
                    return []
            middle = len(part) // 2
            return await together([part[:middle], part[middle:]])

        async def together(parts: Sequence[Sequence[Id]]) -> list[dict[str, Any]]:
            return list(itertools.chain.from_iterable(await in_order([answers(part) for part in parts])))

        return await together([ids[start : start + size] for start in range(0, len(ids), size)])

    def unreadable(self) -> UnreadableAnswerError:
        """Return the error to raise for an answer without what it must have."""
        return UnreadableAnswerError(f"{self.name} gave an answer that cannot be read")

    async def _call(self, method: str, path: str, document: str | None) -> HttpAnswer:
        own = self.headers()  # not in the call: the breaker would hide that a setting is wrong
        async with self._calls:
            return await self.breaker.call(lambda: self._send(method, path, document, own))

    def _object_in(self, answer: HttpAnswer) -> dict[str, Any]:
        if 400 <= answer.status < 500 and answer.status not in _NOT_ABOUT_WHAT_WAS_ASKED:
            raise RequestRefusedError(f"{self.name} refused what was asked with {answer.status}")
        if not answer.ok:
            raise UnavailableError(f"{self.name} answered {answer.status}")
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise self.unreadable()
        return value

    async def _send(self, method: str, path: str, document: str | None, own: Mapping[str, str]) -> HttpAnswer:
        content_type = {} if document is None else {"Content-Type": "application/json; charset=utf-8"}
        request = HttpRequest(
            method=method,
            url=f"{self.base.removesuffix('/')}/{path}",
            headers={**content_type, "Accept": "application/json", **own},
            body=None if document is None else document.encode("utf-8", "surrogatepass"),
            attempts=_ATTEMPTS,
            total_seconds=self.total_seconds,
            max_answer_bytes=_MAX_ANSWER_BYTES,
        )
        try:
            answer = await self.http.send(request)
        except (NoAnswerError, PermanentError) as error:  # both are about the peer, not about the request
            raise UnavailableError(f"{self.name}: {error}") from None
        if answer.status == _TOO_MANY:
            raise ThrottledError(f"{self.name} asked for a pause", _PAUSE_SECONDS)
        if answer.status >= 500:
            raise UnavailableError(f"{self.name} answered {answer.status}")
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
