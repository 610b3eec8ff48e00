"""Purges what has been kept long enough, a bounded part per run; the next run goes on where this one ended.

    content     texts, addresses, recipients, the feed entry, the log of the dialog, gateway references, and
                the index of support: `content_retention` after a shipment ended
    the rest    `metadata_retention` after it ended; the receipt that recognises a repeated request stays
    dead        dead letters, which hold content: `content_retention` after they were recorded
    withdrawn   instant orders that were never sent, which are in no feed: `content_retention` after that
    accepted    notes that a provider accepted a message: `content_retention` after its order can have ended
    parked      SMS reports with an unknown reference: `content_retention` after they came

The parts are purged side by side. Every run logs how late the oldest remaining part is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from shared.ports.tables import RowOperationError
from shared.runtime.clock import Clock
from shared.runtime.errors import NotificationsError
from shared.runtime.run_time import RunTime
from shared.services.keeping.purge_each import side_by_side
from shared.services.keeping.purge_feed import PurgeFeed
from shared.services.measures import PURGE_LAG
from shared.storage.feed.feed_tail import FeedTail

RUN_SECONDS = 60.0  # of the 90 that no handler may exceed; work that has begun is finished
LATE = timedelta(days=1)
_PARTS_AT_ONCE = 8
_log = logging.getLogger(__name__)

type PurgeBefore = Callable[[datetime, RunTime], Awaitable[datetime | None]]


@dataclass(frozen=True, slots=True)
class _Part:
    """One part to purge.

    `purge` returns when the next row that it left is due, or was; None when nothing is left. If it fails,
    `due_at` counts instead.
    """

    purge: Callable[[], Awaitable[datetime | None]]
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeOld:
    """One run over the feeds of all owners, and over everything else that gets old."""

    feed_tail: FeedTail
    purge_feed: PurgeFeed
    others: Sequence[PurgeBefore]
    clock: Clock
    content_retention: timedelta
    new_run: Callable[[], RunTime] = lambda: RunTime(RUN_SECONDS)

    async def __call__(self) -> None:
        """Purge until nothing is old any more or the time of the run is over.

        A part that fails stops no other; an unexpected error is raised at the end.
        """
        now, run = self.clock.now(), self.new_run()
        owners = await self.feed_tail.due_owners(now)
        parts = [
            *(_Part(partial(self._purge_other, purge, now, run)) for purge in self.others),
            *(_Part(partial(self.purge_feed, row, now, run), row.due_at) for row in owners),
        ]
        unexpected: list[Exception] = []
        due = await side_by_side(parts, partial(_purge, unexpected), asyncio.Semaphore(_PARTS_AT_ONCE))
        _log_lag(now, [at for at in due if isinstance(at, datetime)])
        if unexpected:
            raise unexpected[0]

    async def _purge_other(self, purge: PurgeBefore, now: datetime, run: RunTime) -> datetime | None:
        oldest_left = await purge(now - self.content_retention, run)
        return None if oldest_left is None else oldest_left + self.content_retention


async def _purge(unexpected: list[Exception], part: _Part) -> datetime | None:
    try:
        return await part.purge()
    except (NotificationsError, RowOperationError) as error:
        _log.warning("purging is left for the next run: %s", error)
    except Exception as error:  # noqa: BLE001  it must not stop the other parts
        _log.exception("a part of what is old could not be purged")
        unexpected.append(error)
    return part.due_at


def _log_lag(now: datetime, due: Sequence[datetime]) -> None:
    lag = max(timedelta(), now - min(due, default=now))
    hours = lag / timedelta(hours=1)
    PURGE_LAG.put(lag.total_seconds())
    told = {"purge_lag": round(lag.total_seconds())}
    if lag > LATE:
        _log.warning("the purge is behind: the oldest row to purge is %.1f h late", hours, extra=told)
    elif lag:
        _log.info("the oldest row to purge is %.1f h late", hours, extra=told)
    else:
        _log.info("nothing is left to purge", extra=told)
