"""Puts wakes of webhooks on their queue. Transport only: the next append or the agenda notices a lost one.

However many entries are appended to a feed, its owner's webhooks are woken once a second by each process at
most: the wake comes at the end of the second, and stands for all appends within it.
"""

import logging
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.domain.webhooks.webhook import Webhook
from shared.ports.queues import QueuedMessage, QueueSender
from shared.records import queues
from shared.records.keys import instant_key
from shared.records.webhook_records import WebhookWake, dump_webhook_wake
from shared.runtime.bounded import Bounded
from shared.runtime.clock import Clock
from shared.runtime.errors import NotificationsError
from shared.storage.keys import encode

_SEND_SECONDS = 10.0
_MOST_KEPT = 3000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWebhooks:
    """What this process sends, and what it has sent lately and need not send again."""

    sender: QueueSender
    clock: Clock
    _process: str = field(init=False, default_factory=lambda: secrets.token_hex(4))
    _sent: Bounded[str, bool] = field(init=False, default_factory=lambda: Bounded(_MOST_KEPT))

    async def appended(self, owner: str) -> None:
        """Wake all webhooks of an owner to whose feed something was appended just now."""
        now = self.clock.now()
        at = datetime.fromtimestamp(int(now.timestamp()) + 1, UTC)
        # clocks of processes differ, so one must not rely on the wake of another
        why = f"{encode(owner)}|{self._process}"
        await self._send(WebhookWake(owner), why, at)

    async def soon(self, webhook: Webhook) -> None:
        """Wake one webhook at once."""
        await self._send(WebhookWake(webhook.owner, webhook.item), f"soon|{secrets.token_hex(8)}", None)

    async def at(self, webhook: Webhook, why: str, at: datetime) -> None:
        """Wake one webhook at an instant; the same reason and instant make one message."""
        await self._send(WebhookWake(webhook.owner, webhook.item), f"{webhook.item}|{why}", at)

    async def _send(self, wake: WebhookWake, why: str, at: datetime | None) -> None:
        message_id = f"webhooks|{why}" if at is None else f"webhooks|{why}|{instant_key(at)}"
        if self._sent.get(message_id):
            return
        message = QueuedMessage(queues.WEBHOOKS, message_id, dump_webhook_wake(wake), at)
        try:
            await self.sender.send(message, deadline=_SEND_SECONDS)
        except NotificationsError as error:
            _log.warning("webhooks are not woken now, the agenda will: %s", error)
        else:
            self._sent.put(message_id, True)
