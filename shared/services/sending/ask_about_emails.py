"""Asks the e-mail provider what became of e-mails whose reports did not come.

Side by side, because one answer may take twenty seconds and a page has two hundred e-mails; with one deadline
for all of them, because a function that runs too long is ended together with its neighbours. What was not
asked about in time, or must not be asked about now, is asked about at the next visit.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.orders.instant_order import is_lost
from shared.domain.orders.notification import EmailResult, Notification, Outcome
from shared.domain.sending.provider_limits import LONGEST_PAUSE_SECONDS
from shared.ports.email import EmailOperation, EmailOperationStatus, EmailProvider
from shared.records.order_rows import StoredOrder
from shared.runtime.clock import Clock

TOTAL_SECONDS = 45.0  # of the 90 that no handler may exceed
_AT_ONCE = 8
_PAUSE_SECONDS = 10.0  # for a provider that is full and does not say for how long
_log = logging.getLogger(__name__)


class AskAboutEmails:
    """Asks for all orders of this process; what the provider says of its limits counts for all of them."""

    def __init__(self, *, provider: EmailProvider, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock
        self._calls = asyncio.Semaphore(_AT_ONCE)
        self._paused_until: datetime | None = None

    async def __call__(
        self, stored: StoredOrder, notifications: Sequence[Notification]
    ) -> dict[int, Outcome]:
        """Return what became of the notifications of a row, by slot, as far as the provider could tell."""
        outcomes: dict[int, Outcome] = {}
        try:
            async with asyncio.timeout(TOTAL_SECONDS), asyncio.TaskGroup() as tasks:
                for notification in notifications:
                    tasks.create_task(self._ask(stored, notification, outcomes))
        except TimeoutError:
            _log.warning("the e-mail provider answers too slowly to tell of all e-mails of %s", stored.item)
        return outcomes

    async def _ask(
        self, stored: StoredOrder, notification: Notification, outcomes: dict[int, Outcome]
    ) -> None:
        operation_id = notification.reference or str(stored.item.of_notification(notification.slot))
        async with self._calls:
            if self._is_paused():
                return
            operation = await self._provider.operation(operation_id)
        if operation.status is EmailOperationStatus.THROTTLED:
            self._pause(operation.retry_after)
            return
        result = _result_of(stored, notification, operation)
        if result is not None:
            outcomes[notification.slot] = Outcome(result, self._clock.now())

    def _is_paused(self) -> bool:
        now, until = self._clock.now(), self._paused_until
        # one that lies far ahead was noted before the clock was set back
        return until is not None and now < until <= now + timedelta(seconds=LONGEST_PAUSE_SECONDS)

    def _pause(self, seconds: float | None) -> None:
        asked = _PAUSE_SECONDS if seconds is None else min(seconds, LONGEST_PAUSE_SECONDS)
        until = self._clock.now() + timedelta(seconds=asked)
        if not self._is_paused() or self._paused_until is None or self._paused_until < until:
            self._paused_until = until
            _log.warning("the e-mail provider is not asked about e-mails for %d s", asked)


def _result_of(
    stored: StoredOrder, notification: Notification, operation: EmailOperation
) -> EmailResult | None:
    """Return the result that an answer settles; None when it settles nothing."""
    match operation.status:
        case EmailOperationStatus.SUCCEEDED:
            return EmailResult.SUCCEEDED
        case EmailOperationStatus.FAILED:
            return EmailResult(operation.result or EmailResult.FAILED)
        case EmailOperationStatus.NOT_FOUND if is_lost(stored.order, notification):
            return EmailResult.FAILED
        case _:
            return None
