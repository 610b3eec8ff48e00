"""Delivers the entries of a feed to a webhook: one after the other, in order, each at least once.

What comes next is read from the feed, after the number that was delivered last. The process that delivers
holds a lease. Where two deliver all the same, because one was slow beyond its lease, entries come twice but
never out of order: each process goes on to an entry only when the endpoint took the one before.

A wake that finds a lease is put off until its end. Who delivers looks into the feed once more after it has
given the lease back, so an entry that was appended meanwhile does not wait for that.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.texts.written_url import host_of
from shared.domain.webhooks.message import message_id
from shared.domain.webhooks.webhook import Pause, Webhook
from shared.ports.webhooks import WebhookMessage
from shared.records.webhook_records import WebhookWake, is_visited_by
from shared.runtime.beside_loop import ANSWERS
from shared.runtime.errors import ConflictError, PermanentError, TransientError
from shared.runtime.fair_shares import FairShares
from shared.services.feeding.read_status import ReadStatus
from shared.services.measures import WEBHOOK_LAG, WEBHOOKS_PAUSED
from shared.services.times import Times
from shared.services.turns import Turns
from shared.services.webhooks.call_webhook import CallWebhook
from shared.services.webhooks.wake_webhooks import WakeWebhooks
from shared.storage.agenda import Agenda
from shared.storage.webhooks import StoredWebhook, WebhookTable

CALLS_AT_ONCE = 24  # of the 32 messages that are handled at a time: those put off must not wait for a call
ENTRIES_AT_ONCE = 100
VISIT = timedelta(seconds=25)  # then others get the place, and the next message goes on
LEASE = timedelta(seconds=45)  # a visit, its last call and its last write; less than a message stays locked
_SECOND = timedelta(seconds=1)
_ROUNDS = 5
_QUICK_ITEMS = 2000  # notifications that are written in some milliseconds
_log = logging.getLogger(__name__)

type EventWriter = Callable[[int, ClosedShipment], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverEntries:
    """Handles one wake."""

    webhooks: WebhookTable
    read_status: ReadStatus
    answer_turns: Turns
    agenda: Agenda
    wake_webhooks: WakeWebhooks
    call_webhook: CallWebhook
    write_event: EventWriter
    webhook_shares: FairShares
    times: Times

    async def __call__(self, wake: WebhookWake) -> None:
        """Deliver to one webhook or to all of an owner, side by side, what they are behind."""
        if wake.item is None:
            found = await self.webhooks.of(wake.owner)
        else:
            one = await self.webhooks.load(wake.owner, wake.item)
            found = [] if one is None else [one]
        if wake.agenda is not None and not any(is_visited_by(each.webhook, wake.agenda) for each in found):
            await self.agenda.remove([wake.agenda])
        outcomes = await asyncio.gather(*(self._visit(each) for each in found), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _visit(self, stored: StoredWebhook) -> None:
        if not await self._may_begin(stored.webhook):
            return
        owner = stored.webhook.owner
        with self.webhook_shares.held(owner, host_of(stored.webhook.url)) as is_held:
            if is_held:
                await self._deliver_all(await self._sealed_anew(stored))
                return
        at = self.times.now() + timedelta(seconds=self.webhook_shares.pause(owner))
        await self.wake_webhooks.at(stored.webhook, "put off", at)

    async def _sealed_anew(self, stored: StoredWebhook) -> StoredWebhook:
        """Store a webhook with its secrets sealed anew, if they are sealed with a former key."""
        renewed = self.call_webhook.sealed_anew(stored.webhook)
        if renewed == stored.webhook:
            return stored
        try:
            return await self.webhooks.save(stored, renewed)
        except ConflictError:
            return stored  # the next visit tries again

    async def _may_begin(self, webhook: Webhook) -> bool:
        """Whether there may be something to deliver now; else a message comes when there is."""
        now, real_now = self.times.now(), self.times.real_now()
        if webhook.pause:
            return False
        if webhook.again_at is not None and webhook.waits(now):
            await self.wake_webhooks.at(webhook, "again", webhook.again_at)
            return False
        if webhook.lease is not None and webhook.is_leased(real_now):
            ends_at = now + (webhook.lease.until - real_now) + _SECOND
            reason = f"leased|{webhook.lease.token}"  # so there is one copy for each lease
            await self.wake_webhooks.at(webhook, reason, ends_at.replace(microsecond=0))
            return False
        return True

    async def _deliver_all(self, stored: StoredWebhook) -> None:
        """Deliver until nothing is left, a call fails, or others have to get their turn."""
        ends_at = self.times.real_now() + VISIT
        left: StoredWebhook | None = stored
        while left is not None and await self._may_begin(left.webhook):
            webhook = left.webhook
            entries = await self._next_entries(webhook)
            if not entries:
                return
            if self.times.real_now() >= ends_at:
                await self.wake_webhooks.soon(webhook)
                return
            left = await self._deliver_some(left, entries, ends_at)

    async def _next_entries(self, webhook: Webhook) -> list[tuple[int, ClosedShipment]]:
        async with self.answer_turns.of(webhook.owner) as turn:
            return await self.read_status.feed_page(
                webhook.owner, after=webhook.delivered, limit=ENTRIES_AT_ONCE, descending=False, turn=turn
            )

    async def _deliver_some(
        self, stored: StoredWebhook, entries: Sequence[tuple[int, ClosedShipment]], ends_at: datetime
    ) -> StoredWebhook | None:
        """Deliver entries under a lease, until one is not taken; return the webhook as stored, None: gone."""
        token = secrets.token_hex(8)
        try:
            claim = stored.webhook.claimed(token, self.times.real_now() + LEASE)
            claimed = await self.webhooks.save(stored, claim)
        except ConflictError:  # our own write, whose answer was lost, or another was faster
            return await self.webhooks.load(stored.webhook.owner, stored.webhook.item)
        reached = claimed.webhook
        for number, closed in entries:
            if self.times.real_now() >= ends_at:
                break
            reached = await self._deliver(reached, number, closed)
            if reached.delivered != number:
                break
        return await self._ended(claimed, reached, token)

    async def _deliver(self, webhook: Webhook, number: int, closed: ClosedShipment) -> Webhook:
        """Call with one entry; return the webhook after that."""
        message = WebhookMessage(message_id(closed), await self._body(number, closed))
        try:
            answer = await self.call_webhook(webhook, message)
        except PermanentError:
            return webhook.paused(Pause.SECRET, self.times.now())
        now = self.times.now()
        if not answer.ok:
            return webhook.refused(number, answer.reason, now, gone=answer.is_gone, asked=answer.retry_after)
        WEBHOOK_LAG.put(max(0.0, (now - closed.closed_at).total_seconds()))
        return webhook.took(number, answer.reason, now)

    async def _body(self, number: int, closed: ClosedShipment) -> bytes:
        if len(closed.notifications) <= _QUICK_ITEMS:
            return self.write_event(number, closed)
        return await ANSWERS.run(lambda: self.write_event(number, closed))

    async def _ended(self, claimed: StoredWebhook, reached: Webhook, token: str) -> StoredWebhook | None:
        """Store how far a delivery came and give its lease back; return what is stored then, None if gone."""
        stored = claimed
        for _ in range(_ROUNDS):
            ended = stored.webhook.with_progress(reached, token)
            if ended is None:  # the lease was over, so what another has reached counts
                return stored
            try:
                saved = await self.webhooks.save(stored, ended)
            except ConflictError:
                latest = await self.webhooks.load(reached.owner, reached.item)
                if latest is None:
                    return None
                stored = latest
            else:
                self._tell(stored.webhook, ended)
                return saved
        raise TransientError("a webhook stayed contended")

    def _tell(self, before: Webhook, after: Webhook) -> None:
        if after.pause is None or before.pause is not None:
            return
        WEBHOOKS_PAUSED.put(reason=after.pause.value)
        attempt = after.last_attempt
        # the alert looks for this text
        _log.error(
            "a webhook is paused: %s",
            after.pause.value,
            extra={
                "webhook": str(after.item),
                "owner": after.owner,
                "host": host_of(after.url),
                "last": attempt.reason if attempt else "",
            },
        )
