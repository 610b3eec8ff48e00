"""How far the queues have come: what was handed over earlier may still be in one that lags.

A row cannot tell work that waits behind a backlog from work whose message was lost, but the queues can: each
is worked off in order, so once its oldest message is younger than a hand-over, that hand-over has left it. A
queue that was wiped holds nothing old, so what was lost with it is found.
"""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.ports.queues import QueueWatch
from shared.records import queues
from shared.records.agenda_entry import LANES
from shared.runtime.clock import Clock
from shared.runtime.errors import PermanentError, TransientError

HAND_OVER_TIME = timedelta(minutes=1)  # from the instant that a row knows until its message is on the queue
SETTLE_TIME = timedelta(minutes=5)  # what has left one queue is given this long to come through the others
_FRESH = timedelta(seconds=5)
_AWAY = timedelta(seconds=30)  # a look in vain may take ten seconds, and every shard would try one
_LAG = timedelta(minutes=1)
_SENDS = {"E": (queues.EMAIL_SEND,), "S": (queues.SMS_SEND,)}
_BY_LANE = {
    lane: (
        queues.ORDERS,
        *_SENDS.get(lane, (queues.EMAIL_SEND, queues.SMS_SEND)),
        queues.DELIVERY_REPORTS,
        queues.STATUS_FEED,
    )
    for lane in LANES
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a queue showed: since when its oldest message has been there, None if it was empty.

    Or why it showed nothing at that time.
    """

    at: datetime
    oldest: datetime | None
    failure: TransientError | None = None

    @property
    def lasts(self) -> timedelta:
        """How long this is as good as a new look."""
        return _FRESH if self.failure is None else _AWAY

    @property
    def lags(self) -> bool:
        return self.oldest is not None and self.at - self.oldest > _LAG


class Backlog:
    """What this process has seen of the queues. Instants are those of business rules, as on the messages."""

    def __init__(self, *, watch: QueueWatch, clock: Clock) -> None:
        self._watch = watch
        self._clock = clock
        self._last: dict[str, _Look] = {}
        self._lags: dict[str, list[_Look]] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def passed(self, lane: str) -> datetime | None:
        """Return the instant before which everything handed over in a lane has come through its queues.

        None: that cannot be told now.
        """
        try:
            looks = await asyncio.gather(*(self._look(name) for name in _BY_LANE[lane]))
        except TransientError as error:
            _log.warning("what may be on its way in lane %s is left for the next pass: %s", lane, error)
            return None
        lags = [lag for name in _BY_LANE[lane] for lag in self._lags.get(name, ())]
        now = self._clock.now()
        oldest = min((look.oldest for look in [*looks, *lags] if look.oldest is not None), default=now)
        return oldest - HAND_OVER_TIME

    async def may_hold(self, queue: str, handed_over_at: datetime) -> bool:
        """Whether a queue may still hold what was handed over at an instant; TransientError: unknown now."""
        if timedelta(0) <= self._clock.now() - handed_over_at < HAND_OVER_TIME:
            return True
        oldest = (await self._look(queue)).oldest
        return oldest is not None and oldest - HAND_OVER_TIME <= handed_over_at

    async def _look(self, queue: str) -> _Look:
        async with self._turns[queue]:  # who comes meanwhile goes by what is seen now
            last = self._last.get(queue)
            if last is None or abs(self._clock.now() - last.at) >= last.lasts:
                last = self._last[queue] = await self._new_look(queue)
        if last.failure is not None:
            raise last.failure
        return last

    async def _new_look(self, queue: str) -> _Look:
        now = self._clock.now()
        try:
            look = _Look(now, await self._watch.oldest(queue))
        except TransientError as error:
            return _Look(self._clock.now(), None, error)
        except (
            PermanentError
        ) as error:  # rather work that is repeated now and then than work that is forgotten
            _log.error("what waits in queues is looked after as if it were lost: %s", error)
            return _Look(self._clock.now(), None)
        lags = [lag for lag in self._lags.get(queue, ()) if abs(now - lag.at) < SETTLE_TIME]
        if look.oldest is not None and look.lags:
            _log.warning("queue %s is %d s behind", queue, (now - look.oldest).total_seconds())
            lags.append(look)
        self._lags[queue] = lags
        return look
