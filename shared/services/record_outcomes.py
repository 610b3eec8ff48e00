"""Stores what became of notifications: a merge by precedence, retried until stored, never the step again."""

import asyncio
import logging
import random
from collections.abc import Mapping

from shared.clock import Clock
from shared.domain.notification import Outcome
from shared.domain.order import Channel
from shared.errors import ConflictError, TransientError
from shared.ids import ItemId
from shared.messaging.envelope import OutcomeNews
from shared.services.hand_over import HandOver
from shared.storage.orders import OrderTable, StoredOrder

_ROUNDS = 8
_FIRST_PAUSE_SECONDS = 0.02
_log = logging.getLogger(__name__)


class RecordOutcomes:
    """Combines outcomes into the row of their shipment and tells the feed when that ends it."""

    def __init__(self, *, orders: OrderTable, hand_over: HandOver, clock: Clock) -> None:
        self._orders = orders
        self._hand_over = hand_over
        self._clock = clock

    async def __call__(
        self, stored: StoredOrder, outcomes: Mapping[int, Outcome], *, release: Channel | None = None
    ) -> StoredOrder:
        """Record outcomes by slot, starting from what is known of the row; `release` gives a claim back.

        What cannot be stored now is queued as news. Raises TransientError only when that fails too.
        """
        try:
            return await self._store(stored, outcomes, release)
        except (ConflictError, TransientError) as error:
            _log.warning("outcomes of %s could not be stored and are queued: %s", stored.item, error)
        for slot, outcome in outcomes.items():
            channel = next(n.channel for n in stored.state.notifications if n.slot == slot)
            news = OutcomeNews(stored.item.of_notification(slot), channel, outcome)
            await self._hand_over.keep_outcome(news, self._clock.now())
        return stored

    async def of_notification(self, notification: ItemId, outcome: Outcome) -> bool:
        """Record news about one notification; False when there is no such notification."""
        stored = await self._orders.load(notification)
        if stored is None or all(n.slot != notification.slot for n in stored.state.notifications):
            return False
        await self._store(stored, {notification.slot: outcome}, None)
        return True

    async def _store(
        self, stored: StoredOrder, outcomes: Mapping[int, Outcome], release: Channel | None
    ) -> StoredOrder:
        error: Exception = ConflictError("the row stayed contended")
        for round_ in range(_ROUNDS):
            state = stored.state.with_outcomes(outcomes, self._clock.now())
            if release is not None:
                state = state.with_claim(release, None)
            if state == stored.state:
                return stored
            try:
                saved = await self._orders.save(stored, state)
            except ConflictError as conflict:
                error = conflict
            except TransientError as lost:
                error = lost
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**round_ * random.uniform(0.5, 1.5))  # noqa: S311  jitter
            else:
                if state.status.is_final and not stored.state.status.is_final:
                    await self._hand_over.publish(saved)
                return saved
            stored = await self._reload(stored)
        raise error

    async def _reload(self, stored: StoredOrder) -> StoredOrder:
        try:
            return await self._orders.load(stored.item) or stored
        except TransientError:
            return stored
