"""Applies the reports of providers to notifications. A report that cannot be applied now raises an error."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from shared.domain.orders.ids import parse_id
from shared.domain.orders.notification import Outcome, SmsResult
from shared.domain.orders.order import Channel
from shared.ports.email import EmailReport, EmailReportReader
from shared.records.messages import OutcomeNews, load_outcome
from shared.records.shipment_rows import StoredShipment
from shared.runtime.clock import Clock
from shared.runtime.errors import PermanentError
from shared.services.hops import follow
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.storage.gateway_references import GatewayReferences

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReport:
    """Handles one message of the reports queue: an SMS report, an Event Grid event, or a queued outcome."""

    record: RecordOutcomes
    gateway_references: GatewayReferences
    read_email_reports: EmailReportReader
    clock: Clock

    async def __call__(self, body: bytes) -> None:
        """Apply the reports in one message; safe to repeat.

        PermanentError: it cannot be read, or a part of it cannot and the others are applied. TransientError,
        ConflictError: not all of it is applied.
        """
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise PermanentError("the report is not JSON") from error
        match value:
            case {"kind": "outcome"}:
                await self._news(load_outcome(value))
            case {"kind": "sms"}:
                await self._sms(value)
            case _:
                reports, problem = self.read_email_reports(body)
                for report in reports:
                    await self._email(report)
                if problem is not None:
                    raise PermanentError(problem)

    async def _news(self, news: OutcomeNews) -> None:
        """Apply a queued outcome, and the reports that came before its reference was registered."""
        reference = news.outcome.reference
        if news.channel is Channel.SMS and reference is not None:
            for report in await self.gateway_references.register(reference, news.notification):
                await self._apply(replace(news, outcome=report))
        await self._apply(news)

    async def _sms(self, value: Mapping[str, Any]) -> None:
        try:
            reference, result = str(value["reference"]), SmsResult(value["result"])
            came_at = datetime.fromisoformat(value["at"])
        except (KeyError, TypeError, ValueError) as error:
            raise PermanentError("not an SMS report") from error
        outcome = Outcome(result, came_at, reference)
        found = await self.gateway_references.find_or_park(reference, outcome)
        if found is not None:
            follow(found.notification)
            await self._apply(OutcomeNews(found.notification, Channel.SMS, outcome), found.claimed)

    async def _email(self, report: EmailReport) -> None:
        notification = parse_id(report.operation_id)
        if notification is None or not notification.is_notification:
            _log.warning("an e-mail report names an operation that is not ours")
            return
        outcome = Outcome(report.result, self.clock.now(), report.operation_id)
        await self._apply(OutcomeNews(notification, Channel.EMAIL, outcome))

    async def _apply(self, news: OutcomeNews, known: StoredShipment | None = None) -> None:
        if not await self.record.of_notification(news.notification, news.outcome, known):
            _log.warning("a report names the unknown notification %s", news.notification)
