"""How far the queues have come: work that was enqueued earlier may still be in a queue that lags.

A row looks the same whether its work waits behind a backlog or its message was lost. The queues show the
difference. Each is worked off in order, so once its oldest message is younger than some work, that work has
left it. A queue that was wiped holds nothing old, so the work lost with it is found at the next visit.
"""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.ports.queues import QueueWatch
from shared.records import queues
from shared.records.agenda_entry import CONDITION_LANE, LANES
from shared.runtime.clock import Clock
from shared.runtime.errors import PermanentError, TransientError
from shared.services.measures import BACKLOG_AGE

ENQUEUE_TIME = timedelta(minutes=1)  # at most, from the instant in the row until its message is on the queue
SETTLE_TIME = timedelta(minutes=5)  # for work that has left one queue to come through the others
_FRESH = timedelta(seconds=5)
_AWAY = timedelta(seconds=30)  # a look that fails may take ten seconds, and every shard would try one
_LAG = timedelta(minutes=1)
_WAKES = (queues.ORDERS, queues.ORDERS_BULK)
_EMAILS = (queues.EMAIL_SEND, queues.EMAIL_SEND_BULK)
_SMS = (queues.SMS_SEND, queues.SMS_SEND_BULK)
_SENDS = {"E": _EMAILS, "S": _SMS}
_BY_LANE = {
    lane: (
        *_WAKES,
        *_SENDS.get(lane, (*_EMAILS, *_SMS)),
        queues.DELIVERY_REPORTS,
        queues.STATUS_FEED,
    )
    for lane in LANES
} | {CONDITION_LANE: (*_WAKES, queues.CONDITIONS)}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look into a queue found: since when its oldest message has been there, None if it was empty.

    `failure` says why the look found nothing out.
    """

    at: datetime
    oldest: datetime | None
    failure: TransientError | None = None

    @property
    def lasts(self) -> timedelta:
        """How long this look is used instead of a new one."""
        return _FRESH if self.failure is None else _AWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What this process has seen of the queues. Instants are business time, as on the messages."""

    queue_watch: QueueWatch
    clock: Clock
    _last: dict[str, _Look] = field(init=False, default_factory=dict)
    _lags: dict[str, list[_Look]] = field(init=False, default_factory=dict)
    _locks: defaultdict[str, asyncio.Lock] = field(
        init=False, default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def passed(self, lane: str) -> datetime | None:
        """Return the instant before which all work enqueued in a lane has come through its queues.

        None: unknown now.
        """
        try:
            looks = await asyncio.gather(*(self._look(name) for name in _BY_LANE[lane]))
        except TransientError as error:
            _log.warning("work that may be on its way in lane %s is left for the next pass: %s", lane, error)
            return None
        lags = [lag for name in _BY_LANE[lane] for lag in self._lags.get(name, ())]
        now = self.clock.now()
        oldest = min((look.oldest for look in [*looks, *lags] if look.oldest is not None), default=now)
        return oldest - ENQUEUE_TIME

    async def may_hold(self, queue: str, enqueued_at: datetime) -> bool:
        """Whether a queue may still hold work enqueued at an instant; TransientError: unknown now."""
        if timedelta(0) <= self.clock.now() - enqueued_at < ENQUEUE_TIME:
            return True
        oldest = (await self._look(queue)).oldest
        return oldest is not None and oldest - ENQUEUE_TIME <= enqueued_at

    async def _look(self, queue: str) -> _Look:
        async with self._locks[queue]:  # calls that come meanwhile use this look
            last = self._last.get(queue)
            if last is None or abs(self.clock.now() - last.at) >= last.lasts:
                last = self._last[queue] = await self._new_look(queue)
        if last.failure is not None:
            raise last.failure
        return last

    async def _new_look(self, queue: str) -> _Look:
        now = self.clock.now()
        try:
            look = _Look(now, await self.queue_watch.oldest(queue))
        except TransientError as error:
            return _Look(self.clock.now(), None, error)
        except PermanentError as error:  # work that is repeated now and then is better than lost work
            _log.error("queues cannot be looked into, work that waits there is repeated: %s", error)
            return _Look(self.clock.now(), None)
        age = timedelta(0) if look.oldest is None else now - look.oldest
        BACKLOG_AGE.put(max(0.0, age.total_seconds()), queue=queue)
        lags = [lag for lag in self._lags.get(queue, ()) if abs(now - lag.at) < SETTLE_TIME]
        if age > _LAG:
            _log.warning("queue %s is %d s behind", queue, age.total_seconds())
            lags.append(look)
        self._lags[queue] = lags
        return look
