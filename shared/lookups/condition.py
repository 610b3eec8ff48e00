"""Asks a sender's condition endpoint, right before sending, whether the message should still go out.

The address is the sender's choice, so the client given here must be one that reaches public addresses only.
Only a clear yes or no decides; anything else is inconclusive, and the caller's policy applies. Reasons are
stored and shown: they name what happened, and nothing of the address or of the answer.
"""

import asyncio
import logging
from collections.abc import Awaitable

from shared.domain.orders.condition import ConditionAnswer
from shared.domain.texts.written_url import host_of
from shared.lookups.condition_answer import DECISION, decision_in
from shared.lookups.http_client import HttpAnswer, HttpClient, HttpRequest, NoAnswerError, reason_of
from shared.lookups.maskinporten import MaskinportenTokens
from shared.runtime.errors import NotificationsError

_UNAUTHORIZED = 401
_ANSWERED = "answered"
_log = logging.getLogger(__name__)


class _NoTokenError(Exception):
    """There is no token for the endpoint."""


class HttpConditionEndpoint:
    """`ConditionEndpoint` over HTTP; without `tokens` it asks anonymously.

    `total_seconds` covers a question with all it takes, token included.
    """

    def __init__(self, http: HttpClient, tokens: MaskinportenTokens | None, *, total_seconds: float) -> None:
        self._http = http
        self._tokens = tokens
        self._total_seconds = total_seconds

    async def ask(self, url: str) -> ConditionAnswer:
        """Ask once; never raises for what endpoint, token issuer or network do."""
        try:
            async with asyncio.timeout(self._total_seconds):
                answer = await self._answer_of(url)
        except Exception as error:  # noqa: BLE001 - an order must not depend on what a sender's URL provokes
            silent = isinstance(error, TimeoutError | NoAnswerError)
            return _inconclusive(url, _reason(error), silent=silent)
        return _decision(url, answer)

    async def _answer_of(self, url: str) -> HttpAnswer:
        if self._tokens is None:
            return await self._get(url, None)
        token = await _shown(self._tokens.token())
        answer = await self._get(url, token)
        if answer.status != _UNAUTHORIZED:
            return answer
        return await self._get(url, await _shown(self._tokens.replacement(token)))

    async def _get(self, url: str, token: str | None) -> HttpAnswer:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return await self._http.send(
            HttpRequest(method="GET", url=url, headers=headers, total_seconds=self._total_seconds)
        )


async def _shown(token: Awaitable[str]) -> str:
    try:
        return await token
    except NotificationsError as error:
        _log.warning("no token for condition endpoints", extra={"reason": f"{type(error).__name__}: {error}"})
        raise _NoTokenError from error


def _reason(error: Exception) -> str:
    return "no token" if isinstance(error, _NoTokenError) else reason_of(error)


def _decision(url: str, answer: HttpAnswer) -> ConditionAnswer:
    if not answer.ok:
        return _inconclusive(url, f"status {answer.status}")
    try:
        met = decision_in(answer.body, answer.headers.get("Content-Type", ""))
    except ValueError:
        return _inconclusive(url, "not JSON")
    if met is None:
        return _inconclusive(url, f"no boolean {DECISION}")
    return ConditionAnswer(met=met, reason=_ANSWERED)


def _inconclusive(url: str, reason: str, *, silent: bool = False) -> ConditionAnswer:
    # the host shows whose endpoint it is; path and query are the sender's and may hold anything
    _log.warning("condition endpoint inconclusive", extra={"reason": reason, "host": host_of(url)})
    return ConditionAnswer(met=None, reason=reason, silent=silent)
