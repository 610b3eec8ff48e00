"""Webhooks of owners, in the partitions of their feeds.

The head of a feed counts the webhooks, in one transaction with every new or removed one. Who appends replaces
the head under its ETag, and so learns of a webhook with the first entry after it, without a call.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.orders.ids import ItemId
from shared.domain.webhooks.webhook import MOST_OF_OWNER, Webhook
from shared.ports.tables import Delete, Insert, Merge, RowOperationError, TableStore
from shared.records.columns import Row
from shared.records.webhook_records import webhook_columns, webhook_in
from shared.runtime.clock import Clock
from shared.runtime.errors import TooManyWebhooksError, TransientError
from shared.storage.feed.feed_head import read_head
from shared.storage.feed.feed_owners import register_owner
from shared.storage.keys import FEED_WEBHOOK, STATUS_FEED, feed_partition, feed_webhook

_ROUNDS = 20
_PAUSE_SECONDS = 0.05  # others append at this moment
_HEAD, _ROW = 0, 1  # positions in the transaction
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """A webhook as read or written; `etag` guards the next change."""

    webhook: Webhook
    etag: str


class WebhookTable:
    """Adds, reads, changes and removes webhooks."""

    def __init__(self, store: TableStore, clock: Clock, first_number: int = 1) -> None:
        self._store = store
        self._clock = clock
        self._first_number = first_number

    async def add(self, owner: str, make: Callable[[int], Webhook]) -> StoredWebhook:
        """Add a webhook; `make` gets the number of the owner's newest entry.

        TooManyWebhooksError: there are as many as there may be. TransientError: it may have been added.
        """
        partition = feed_partition(owner)
        for _ in range(_ROUNDS):
            head = await read_head(self._store, partition, self._first_number)
            webhook = make(head.sequence)
            mine = await self.load(owner, webhook.item) if head.webhooks else None
            if mine is not None:  # by an attempt that was applied and reported as refused
                return mine
            if head.webhooks >= MOST_OF_OWNER:
                raise TooManyWebhooksError
            if head.etag is None:
                await register_owner(self._store, owner, self._clock.now())
            row = Insert(feed_webhook(webhook.item), webhook_columns(webhook))
            try:
                etags = await self._store.transact(
                    STATUS_FEED, partition, [head.counting(head.webhooks + 1), row]
                )
            except RowOperationError:
                await _pause()
            else:
                return StoredWebhook(webhook, etags[_ROW])
        raise TransientError("the head of the feed stayed contended")

    async def remove(self, owner: str, item: ItemId) -> bool:
        """Remove a webhook; return whether there was one. TransientError: it may have been removed."""
        partition = feed_partition(owner)
        was_there = False
        for _ in range(_ROUNDS):
            head = await read_head(self._store, partition, self._first_number)
            if await self.load(owner, item) is None:
                return was_there
            was_there = True
            removal = [head.counting(max(head.webhooks - 1, 0)), Delete(feed_webhook(item))]
            try:
                await self._store.transact(STATUS_FEED, partition, removal)
            except RowOperationError:
                await _pause()
            else:
                return True
        raise TransientError("the head of the feed stayed contended")

    async def load(self, owner: str, item: ItemId) -> StoredWebhook | None:
        """Return a webhook of an owner; None when there is none."""
        row = await self._store.get(STATUS_FEED, feed_partition(owner), feed_webhook(item))
        return None if row is None else _stored(row)

    async def of(self, owner: str) -> list[StoredWebhook]:
        """Return the webhooks of an owner, the oldest first."""
        rows = await self._store.query(
            STATUS_FEED,
            feed_partition(owner),
            above=FEED_WEBHOOK,
            below=f"{FEED_WEBHOOK}~",
            limit=2 * MOST_OF_OWNER,
        )
        found = [stored for row in rows if (stored := _stored(row)) is not None]
        return sorted(found, key=lambda stored: (stored.webhook.created_at, str(stored.webhook.item)))

    async def save(self, stored: StoredWebhook, webhook: Webhook) -> StoredWebhook:
        """Replace what was loaded; ConflictError when somebody else was faster."""
        change = Merge(feed_webhook(webhook.item), webhook_columns(webhook), stored.etag)
        etag = await self._store.merge(STATUS_FEED, feed_partition(webhook.owner), change)
        return StoredWebhook(webhook, etag)


def _stored(row: Row) -> StoredWebhook | None:
    try:
        return StoredWebhook(webhook_in(row), row.etag)
    except (KeyError, TypeError, ValueError):
        _log.exception("the row of a webhook is unreadable: %s of %s", row.row_key, row.partition_key)
        return None


async def _pause() -> None:
    await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311  jitter
