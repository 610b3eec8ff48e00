"""Calls the endpoint of a webhook with a message that is signed as Standard Webhooks says.

The address is its owner's choice, so the client given here must be one that reaches public addresses only.
Reasons are stored and shown: they name what happened, and nothing of the address or of the answer.
"""

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic

from shared.domain.texts.written_url import host_of
from shared.lookups.http_client import HttpAnswer, HttpClient, HttpRequest, reason_of
from shared.ports.webhooks import WebhookAnswer, WebhookMessage
from shared.runtime.clock import Clock
from shared.runtime.retry_after import retry_after_seconds

TOTAL_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 1024  # what it says is not read
_log = logging.getLogger(__name__)


class HttpWebhookEndpoint:
    """`WebhookEndpoint` over HTTP. Signatures name the real time, which receivers compare with theirs."""

    def __init__(self, http: HttpClient, real_time: Clock) -> None:
        self._http = http
        self._real_time = real_time

    async def call(self, url: str, message: WebhookMessage, secrets: Sequence[str]) -> WebhookAnswer:
        """Call once; never raises for what endpoint and network do."""
        began = monotonic()
        try:
            request = HttpRequest(
                method="POST",
                url=url,
                headers=self._headers(message, secrets),
                body=message.body,
                total_seconds=TOTAL_SECONDS,
                max_answer_bytes=MAX_ANSWER_BYTES,
            )
            async with asyncio.timeout(TOTAL_SECONDS):
                answer = await self._http.send(request)
        except Exception as error:  # noqa: BLE001  a delivery must not depend on what an owner's URL provokes
            return _told(url, WebhookAnswer(None, reason_of(error), monotonic() - began))
        return _told(url, _answered(answer, monotonic() - began))

    def _headers(self, message: WebhookMessage, secrets: Sequence[str]) -> dict[str, str]:
        from standardwebhooks.webhooks import Webhook  # noqa: PLC0415  only owners with webhooks need it

        now, text = self._real_time.now(), message.body.decode()
        signatures = [Webhook(secret).sign(message.id, now, text) for secret in secrets]
        return {
            "Content-Type": "application/json",
            "User-Agent": "Notifications-Webhooks",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def _answered(answer: HttpAnswer, seconds: float) -> WebhookAnswer:
    asked = retry_after_seconds(answer.headers.get("Retry-After"))
    return WebhookAnswer(answer.status, f"status {answer.status}", seconds, asked)


def _told(url: str, answer: WebhookAnswer) -> WebhookAnswer:
    if not answer.ok:
        # the host shows whose endpoint it is; path and query are the owner's and may hold anything
        _log.warning("a webhook was not taken", extra={"reason": answer.reason, "host": host_of(url)})
    return answer
