"""Calls the endpoint of a webhook: opens its secrets, has the message signed and counts what came of it."""

from contextlib import suppress
from dataclasses import dataclass, replace

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

    def sealed_anew(self, webhook: Webhook) -> Webhook:
        """Return a webhook whose secrets are sealed with the key that is used now.

        One that cannot be opened any more stays as it is.
        """
        row = bound_to(webhook.owner, webhook.item)
        secrets = [webhook.secret, webhook.former_secret]
        if all(each is None or self.secret_seal.is_current(each, row) for each in secrets):
            return webhook
        current, former = (None if each is None else self._sealed_anew(each, row) for each in secrets)
        return replace(webhook, secret=current or webhook.secret, former_secret=former)

    def _sealed_anew(self, sealed: bytes, row: str) -> bytes | None:
        try:
            return self.secret_seal.seal(self.secret_seal.open(sealed, row), row)
        except PermanentError:
            return None


def bound_to(owner: str, item: ItemId) -> str:
    """Return what the sealed secrets of a webhook are bound to."""
    return f"{owner}|{item}"
