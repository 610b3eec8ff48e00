"""Asks the e-mail provider what became of e-mails whose reports did not come.

The questions run side by side, because one answer may take twenty seconds and a page has two hundred e-mails.
They share one deadline, because a function that runs too long is ended together with everything else in its
process. E-mails that are left out now are asked about at the next visit.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.orders.instant_order import is_lost
from shared.domain.orders.notification import EmailResult, Notification, Outcome
from shared.domain.sending.provider_limits import LONGEST_PAUSE_SECONDS
from shared.ports.email import EmailOperation, EmailOperationStatus, EmailProvider
from shared.records.shipment_rows import StoredShipment
from shared.runtime.clock import Clock

TOTAL_SECONDS = 45.0  # of the 90 that no handler may exceed
_AT_ONCE = 8
_PAUSE_SECONDS = 10.0  # for a provider that is full and does not say for how long
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class AskAboutEmails:
    """Asks for all orders of this process; a pause that the provider demands holds for all of them."""

    email_provider: EmailProvider
    clock: Clock
    _calls: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _paused_until: datetime | None = field(init=False, default=None)

    async def __call__(
        self, stored: StoredShipment, notifications: Sequence[Notification]
    ) -> dict[int, Outcome]:
        """Return the outcomes of notifications of a row, by slot, as far as the provider knows them."""
        outcomes: dict[int, Outcome] = {}
        try:
            async with asyncio.timeout(TOTAL_SECONDS), asyncio.TaskGroup() as tasks:
                for notification in notifications:
                    tasks.create_task(self._ask(stored, notification, outcomes))
        except TimeoutError:
            _log.warning(
                "the e-mail provider answers too slowly, not all e-mails of %s were asked about", stored.item
            )
        return outcomes

    async def _ask(
        self, stored: StoredShipment, notification: Notification, outcomes: dict[int, Outcome]
    ) -> None:
        operation_id = notification.reference or str(stored.item.of_notification(notification.slot))
        async with self._calls:
            if self._is_paused():
                return
            operation = await self.email_provider.operation(operation_id)
        if operation.status is EmailOperationStatus.THROTTLED:
            self._pause(operation.retry_after)
            return
        result = _result_of(stored, notification, operation)
        if result is not None:
            outcomes[notification.slot] = Outcome(result, self.clock.now())

    def _is_paused(self) -> bool:
        now, until = self.clock.now(), self._paused_until
        # a pause that ends far ahead was noted before the clock was set back
        return until is not None and now < until <= now + timedelta(seconds=LONGEST_PAUSE_SECONDS)

    def _pause(self, seconds: float | None) -> None:
        asked = _PAUSE_SECONDS if seconds is None else min(seconds, LONGEST_PAUSE_SECONDS)
        until = self.clock.now() + timedelta(seconds=asked)
        if not self._is_paused() or self._paused_until is None or self._paused_until < until:
            self._paused_until = until
            _log.warning("the e-mail provider is not asked about e-mails for %d s", asked)


def _result_of(
    stored: StoredShipment, notification: Notification, operation: EmailOperation
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
