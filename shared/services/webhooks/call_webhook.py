"""Calls the endpoint of a webhook: opens its secrets, has the message signed and counts what came of it."""

from contextlib import suppress
from dataclasses import dataclass

from shared.domain.orders.ids import ItemId
from shared.domain.webhooks.webhook import Webhook
from shared.ports.webhooks import SecretSeal, WebhookAnswer, WebhookEndpoint, WebhookMessage
from shared.runtime.errors import PermanentError
from shared.services.measures import WEBHOOK_CALLS
from shared.services.times import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWebhook:
    """One call."""

    webhook_endpoint: WebhookEndpoint
    secret_seal: SecretSeal
    times: Times

    async def __call__(self, webhook: Webhook, message: WebhookMessage) -> WebhookAnswer:
        """Return what the endpoint answered; PermanentError: the secret cannot be opened any more.

        Without its former secret a message is signed with the current one alone.
        """
        row = bound_to(webhook.owner, webhook.item)
        current, *former = webhook.secrets(self.times.now())
        opened = [self.secret_seal.open(current, row)]
        with suppress(PermanentError):
            opened += [self.secret_seal.open(each, row) for each in former]
        answer = await self.webhook_endpoint.call(webhook.url, message, opened)
        WEBHOOK_CALLS.put(result="taken" if answer.ok else "refused" if answer.status else "unanswered")
        return answer


def bound_to(owner: str, item: ItemId) -> str:
    """Return what the sealed secrets of a webhook are bound to."""
    return f"{owner}|{item}"
