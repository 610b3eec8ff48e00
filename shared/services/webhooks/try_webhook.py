"""Calls the endpoint of a webhook once with a test message, for an owner who sets it up. No state changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.domain.texts.written_url import host_of
from shared.domain.webhooks.message import message_id_of_test
from shared.ports.webhooks import WebhookAnswer, WebhookMessage
from shared.runtime.errors import PermanentError, TooManyRequestsError
from shared.runtime.fair_shares import FairShares
from shared.services.times import Times
from shared.services.webhooks.call_webhook import CallWebhook
from shared.services.webhooks.manage_webhooks import ManageWebhooks

type TestWriter = Callable[[str, datetime], bytes]


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """A test: the id of its message, and what came of it."""

    message_id: str
    answer: WebhookAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class TryWebhook:
    """Sends one test; a paused webhook can be tested, too."""

    manage_webhooks: ManageWebhooks
    call_webhook: CallWebhook
    write_test: TestWriter
    webhook_shares: FairShares
    times: Times

    async def __call__(self, owner: str, webhook_id: str) -> WebhookTest:
        """Return what the endpoint answered. TooManyRequestsError: other calls have to end first."""
        webhook, _ = await self.manage_webhooks.one(owner, webhook_id)
        message = WebhookMessage(message_id_of_test(), self.write_test(str(webhook.item), self.times.now()))
        with self.webhook_shares.held(owner, host_of(webhook.url)) as is_held:
            if not is_held:
                wait = self.webhook_shares.pause(owner)
                raise TooManyRequestsError("too many calls of webhooks are under way", wait)
            try:
                answer = await self.call_webhook(webhook, message)
            except PermanentError:
                answer = WebhookAnswer(None, "the secret cannot be read: rotate it")
        return WebhookTest(message.id, answer)
