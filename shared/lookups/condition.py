"""Asks a sender's condition endpoint, right before sending, whether the message should still go out.

The address is the sender's choice, so the client given here must be one that reaches public addresses only.
Only a clear yes or no decides; whatever else happens is inconclusive and the caller's policy applies.
"""

import asyncio
import logging
from typing import Protocol
from urllib.parse import urlsplit

from shared.errors import NotificationsError
from shared.lookups.http_client import HttpAnswer, HttpClient, HttpRequest
from shared.ports import ConditionAnswer

_TOTAL_SECONDS = 10.0
_MAX_ANSWER_BYTES = 16 * 1024
_UNAUTHORIZED = 401
_DECISION = "sendNotification"
_log = logging.getLogger(__name__)


class AccessTokens(Protocol):
    """Where bearer tokens come from."""

    async def token(self) -> str:
        """Return a valid token; a NotificationsError when there is none."""
        ...

    async def replacement(self, refused: str) -> str:
        """Return a token other than one that was refused; a NotificationsError when there is none."""
        ...


class HttpConditionEndpoint:
    """`ConditionEndpoint` over HTTP; without `tokens` it asks anonymously."""

    def __init__(
        self, http: HttpClient, tokens: AccessTokens | None, *, total_seconds: float = _TOTAL_SECONDS
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._total_seconds = total_seconds

    async def ask(self, url: str) -> ConditionAnswer:
        """Ask once, within 10 seconds in all; never raises for what endpoint, token issuer or network do."""
        try:
            async with asyncio.timeout(self._total_seconds):
                answer = await self._answer_of(url)
        except TimeoutError:
            return _inconclusive(url, "deadline")
        except NotificationsError as error:
            return _inconclusive(url, f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 - an order must not depend on what a sender's URL provokes
            return _inconclusive(url, type(error).__name__)
        return _decision(url, answer)

    async def _answer_of(self, url: str) -> HttpAnswer:
        if self._tokens is None:
            return await self._get(url, None)
        token = await self._tokens.token()
        answer = await self._get(url, token)
        if answer.status != _UNAUTHORIZED:
            return answer
        return await self._get(url, await self._tokens.replacement(token))

    async def _get(self, url: str, token: str | None) -> HttpAnswer:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return await self._http.send(
            HttpRequest(
                method="GET",
                url=url,
                headers=headers,
                total_seconds=self._total_seconds,
                max_answer_bytes=_MAX_ANSWER_BYTES,
            )
        )


def _decision(url: str, answer: HttpAnswer) -> ConditionAnswer:
    if not answer.ok:
        return _inconclusive(url, f"status {answer.status}")
    try:
        document = answer.json()
    except ValueError:
        return _inconclusive(url, "not JSON")
    match document:
        case {"sendNotification": True}:
            return ConditionAnswer.MET
        case {"sendNotification": False}:
            return ConditionAnswer.NOT_MET
        case _:
            return _inconclusive(url, f"no boolean {_DECISION}")


def _inconclusive(url: str, reason: str) -> ConditionAnswer:
    # the host says whom to call about it; path and query are the sender's and may hold anything
    _log.warning("condition endpoint inconclusive", extra={"reason": reason, "host": _host(url)})
    return ConditionAnswer.INCONCLUSIVE


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
