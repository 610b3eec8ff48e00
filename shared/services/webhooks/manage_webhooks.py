"""What owners do with their webhooks: create, list, read, change, pause, resume, replay, rotate, delete.

Those of others are not found. A secret is made here, returned once, and stored sealed.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.domain.orders.ids import IdMaker, ItemId, parse_id
from shared.domain.webhooks.webhook import VISIT_EVERY, Pause, Webhook
from shared.ports.webhooks import SecretSeal
from shared.records.agenda_entry import AgendaEntry
from shared.runtime.errors import ConflictError, TransientError, WebhookNotFoundError
from shared.services.times import Times
from shared.services.webhooks.call_webhook import bound_to
from shared.services.webhooks.wake_webhooks import WakeWebhooks
from shared.storage.agenda import Agenda
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.webhooks import StoredWebhook, WebhookTable

_SECRET_BYTES = 32
_ROUNDS = 10
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WithSecret:
    """A webhook and the secret that was made for it, which is shown this once."""

    webhook: Webhook
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageWebhooks:
    """Every method raises WebhookNotFoundError where the owner has no webhook with the id."""

    webhooks: WebhookTable
    feed: StatusFeed
    agenda: Agenda
    wake_webhooks: WakeWebhooks
    secret_seal: SecretSeal
    ids: IdMaker
    times: Times

    async def create(self, owner: str, url: str, description: str | None, first: int | None) -> WithSecret:
        """Create a webhook that gets the entries from the number `first` on, None: those after now.

        TooManyWebhooksError: the owner has as many as it may have.
        """
        item, secret, visit = self.ids.random_webhook(), _new_secret(), _new_visit()
        sealed = self.secret_seal.seal(secret, bound_to(owner, item))

        def made(newest: int) -> Webhook:
            return Webhook(
                item=item,
                owner=owner,
                url=url,
                description=description,
                secret=sealed,
                created_at=self.times.now(),
                delivered=newest if first is None else min(first - 1, newest),
                visit=visit,
            )

        await self._put_on_agenda(owner, item, visit)  # first, so that no webhook is without
        stored = await self.webhooks.add(owner, made)
        await self.wake_webhooks.soon(stored.webhook)
        return WithSecret(stored.webhook, secret)

    async def all(self, owner: str) -> tuple[list[Webhook], int]:
        """Return the webhooks of an owner, the oldest first, and the number of its newest entry."""
        found = await self.webhooks.of(owner)
        return [stored.webhook for stored in found], await self.feed.newest(owner) if found else 0

    async def newest(self, owner: str) -> int:
        """Return the number of an owner's newest entry."""
        return await self.feed.newest(owner)

    async def one(self, owner: str, webhook_id: str) -> tuple[Webhook, int]:
        """Return a webhook, and the number of its owner's newest entry."""
        stored = await self._load(owner, webhook_id)
        return stored.webhook, await self.feed.newest(owner)

    async def change(self, owner: str, webhook_id: str, url: str, description: str | None) -> Webhook:
        """Give a webhook another endpoint or description."""
        webhook = await self._changed(owner, webhook_id, lambda it: it.changed(url, description))
        await self.wake_webhooks.soon(webhook)
        return webhook

    async def pause(self, owner: str, webhook_id: str) -> Webhook:
        """Deliver nothing until it is resumed."""
        return await self._changed(owner, webhook_id, lambda it: it.paused(Pause.OWNER, self.times.now()))

    async def resume(self, owner: str, webhook_id: str) -> Webhook:
        """Deliver again, at once what came meanwhile."""
        stored, visit = await self._load(owner, webhook_id), _new_visit()
        await self._put_on_agenda(owner, stored.webhook.item, visit)
        webhook = await self._changed(owner, webhook_id, lambda it: it.resumed(visit))
        await self.wake_webhooks.soon(webhook)
        return webhook

    async def replay(self, owner: str, webhook_id: str, first: int) -> Webhook:
        """Deliver from this number on, or from the next one if that has not been given yet."""
        newest = await self.feed.newest(owner)
        webhook = await self._changed(owner, webhook_id, lambda it: it.replayed(min(first, newest + 1)))
        await self.wake_webhooks.soon(webhook)
        return webhook

    async def rotate(self, owner: str, webhook_id: str) -> WithSecret:
        """Make a new secret; for a day messages are signed with the former one, too."""
        secret = _new_secret()

        def rotated(webhook: Webhook) -> Webhook:
            return webhook.rotated(
                self.secret_seal.seal(secret, bound_to(owner, webhook.item)), self.times.now()
            )

        return WithSecret(await self._changed(owner, webhook_id, rotated), secret)

    async def delete(self, owner: str, webhook_id: str) -> None:
        """Forget a webhook; the agenda forgets its row at the next visit."""
        item = _item(webhook_id)
        if item is None or not await self.webhooks.remove(owner, item):
            raise WebhookNotFoundError

    async def _load(self, owner: str, webhook_id: str) -> StoredWebhook:
        item = _item(webhook_id)
        stored = None if item is None else await self.webhooks.load(owner, item)
        if stored is None:
            raise WebhookNotFoundError
        return stored

    async def _changed(self, owner: str, webhook_id: str, change: Callable[[Webhook], Webhook]) -> Webhook:
        for _ in range(_ROUNDS):
            stored = await self._load(owner, webhook_id)
            try:
                return (await self.webhooks.save(stored, change(stored.webhook))).webhook
            except ConflictError:  # a delivery ended at this moment
                continue
        raise TransientError("a webhook stayed contended")

    async def _put_on_agenda(self, owner: str, item: ItemId, visit: str) -> None:
        key = self.agenda.key_of_webhook(item, self.times.now() + VISIT_EVERY, visit)
        written_at = self.times.real_now().timestamp()
        await self.agenda.add([AgendaEntry(key, item, 0, _NEVER, written_at, owner)])


def _item(webhook_id: str) -> ItemId | None:
    item = parse_id(webhook_id)
    return item if item is not None and item.is_webhook else None


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _new_visit() -> str:
    return secrets.token_hex(5)
