"""Purges what has been kept long enough, a bounded part of it per run; the next run goes on where this ended.

    content     texts, addresses, recipients, the feed entry, the log of the dialog, gateway references,
                and what support can find: `content_retention` after a shipment closed
    the rest    `metadata_retention` after it; what recognises a repeated request stays
    dead        messages that could not be processed hold content: `content_retention` after they were
                recorded
    withdrawn   orders that were never sent are in no feed and hold nothing about anybody: the same time later
    parked      reports of SMS that nobody says to have sent: `content_retention` after they came

The parts are purged side by side, and every run says how late the oldest thing is that should have gone.
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
from shared.services.keeping.purge_withdrawn import PurgeWithdrawn
from shared.storage.dead_letters import DeadLetters
from shared.storage.feed.feed_tail import FeedTail
from shared.storage.gateway_references import GatewayReferences
from shared.storage.notification_log import NotificationLog
from shared.storage.order_purge import OrderPurge
from shared.storage.orders import OrderTable
from shared.storage.recipient_index import RecipientIndex
from shared.storage.senders_references import SendersReferences

RUN_SECONDS = 60.0  # of the 90 that no handler may exceed: what has begun is finished
LATE = timedelta(days=1)
_PARTS_AT_ONCE = 8
_log = logging.getLogger(__name__)

type _Purge = Callable[[datetime, RunTime], Awaitable[datetime | None]]


def new_run() -> RunTime:
    """Begin a run."""
    return RunTime(RUN_SECONDS)


@dataclass(frozen=True, slots=True)
class _Part:
    """Something to purge.

    `purge` returns when the next thing that it left is due, or was; None: nothing is left. `due_at` is what
    is known of that when it fails.
    """

    purge: Callable[[], Awaitable[datetime | None]]
    due_at: datetime | None = None


class PurgeOld:
    """One run over the old ends of all feeds, and over all else that gets old."""

    def __init__(
        self,
        *,
        orders: OrderTable,
        purge: OrderPurge,
        tail: FeedTail,
        log: NotificationLog,
        gateway_references: GatewayReferences,
        senders_references: SendersReferences,
        by_recipient: RecipientIndex,
        dead_letters: DeadLetters,
        clock: Clock,
        content_retention: timedelta,
        metadata_retention: timedelta,
        new_run: Callable[[], RunTime] = new_run,
    ) -> None:
        self._tail = tail
        self._purge_feed = PurgeFeed(
            orders=orders,
            purge=purge,
            tail=tail,
            log=log,
            gateway_references=gateway_references,
            senders_references=senders_references,
            content_retention=content_retention,
            metadata_retention=metadata_retention,
        )
        self._others: tuple[_Purge, ...] = (
            by_recipient.purge_before,
            dead_letters.purge_before,
            gateway_references.purge_parked,
            PurgeWithdrawn(orders, senders_references),
        )
        self._clock = clock
        self._content = content_retention
        self._new_run = new_run

    async def __call__(self) -> None:
        """Purge until nothing is old any more or the run has taken long enough.

        What fails stops nothing else; an unexpected error is raised when all has been tried.
        """
        now, run = self._clock.now(), self._new_run()
        owners = await self._tail.due_owners(now)
        parts = [
            *(_Part(partial(self._purge_other, purge, now, run)) for purge in self._others),
            *(_Part(partial(self._purge_feed, row, now, run), row.due_at) for row in owners),
        ]
        unexpected: list[Exception] = []
        due = await side_by_side(parts, partial(_purge, unexpected), asyncio.Semaphore(_PARTS_AT_ONCE))
        _tell_lag(now, [at for at in due if isinstance(at, datetime)])
        if unexpected:
            raise unexpected[0]

    async def _purge_other(self, purge: _Purge, now: datetime, run: RunTime) -> datetime | None:
        oldest_left = await purge(now - self._content, run)
        return None if oldest_left is None else oldest_left + self._content


async def _purge(unexpected: list[Exception], part: _Part) -> datetime | None:
    try:
        return await part.purge()
    except (NotificationsError, RowOperationError) as error:
        _log.warning("purging is left for the next run: %s", error)
    except Exception as error:  # noqa: BLE001  it must not stop the other parts
        _log.exception("a part of what is old could not be purged")
        unexpected.append(error)
    return part.due_at


def _tell_lag(now: datetime, due: Sequence[datetime]) -> None:
    lag = now - min(due, default=now)
    hours = lag / timedelta(hours=1)
    if lag > LATE:
        _log.warning("the purge is behind: the oldest of what should have gone is %.1f h late", hours)
    elif lag > timedelta():
        _log.info("the oldest of what should have gone is %.1f h late", hours)
    else:
        _log.info("nothing is left of what should have gone")
