"""Delivery of SMS reports to the webhook, with the retries of a real gateway."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import aiohttp

from devstack.simulators.configuration import Credentials
from devstack.simulators.faults.notes import Mishap
from devstack.simulators.faults.rules import Action, FaultRule
from devstack.simulators.link.pswin_xml import DeliveryReport, compose_reports
from devstack.simulators.surroundings import Surroundings

_TARGET = "sms.report"
_DEFAULT_OUTCOME = "UNDELIV"
_CALLS_AT_A_TIME = 8
_CALL_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=2)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    body: bytes
    reports: tuple[DeliveryReport, ...]
    attempt: int = 0

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(report.reference for report in self.reports)


class SmsReports:
    """Posts delivery reports when they are due; fault rules for `sms.report` change that.

    At most eight calls run at a time; anything but 200 is tried again after each of the pauses
    `retries`, in seconds, and then given up.
    """

    def __init__(
        self,
        *,
        url: str,
        credentials: Credentials,
        surroundings: Surroundings,
        reports_per_document: int,
        retries: Sequence[float],
    ) -> None:
        self._url = url
        self._auth = aiohttp.encode_basic_auth(credentials.user, credentials.password)
        self._here = surroundings
        self._faults = surroundings.faults
        self._stats = surroundings.stats
        self._notes = surroundings.notes
        self._per_document = reports_per_document
        self._retries = retries
        self._due: asyncio.Queue[_Call] = asyncio.Queue()
        self._session: aiohttp.ClientSession | None = None
        self._callers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the connection pool and start the callers."""
        self._session = aiohttp.ClientSession(headers={"Authorization": self._auth}, timeout=_CALL_TIMEOUT)
        self._callers = [asyncio.create_task(self._call_for_ever()) for _ in range(_CALLS_AT_A_TIME)]

    async def close(self) -> None:
        """Stop; reports that are not delivered are lost, as when a gateway goes down."""
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def schedule(self, delay: float, reports: Sequence[DeliveryReport]) -> None:
        """Post these reports in `delay` seconds; a rule may drop, delay, double or garble single ones."""
        plain: list[DeliveryReport] = []
        for report in reports:
            rule = self._faults.take(_TARGET, to=(f"+{report.receiver}", report.receiver))
            if rule is None:
                plain.append(report)
            else:
                self._schedule_faulty(rule, delay, report)
        for start in range(0, len(plain), self._per_document):
            self._post_later(delay, _call(plain[start : start + self._per_document]))

    def send(self, report: DeliveryReport) -> None:
        """Post one report soon, whatever the rules say."""
        self._due.put_nowait(_call([report]))

    async def post_now(self, report: DeliveryReport) -> None:
        """Post one report and wait until the webhook answered; retries follow in the background."""
        await self._post(_call([report]))

    def _schedule_faulty(self, rule: FaultRule, delay: float, report: DeliveryReport) -> None:
        call = _call([report])
        match rule.action:
            case Action.DROP:
                self._stats.report(_TARGET, "dropped")
                self._notes.add(_TARGET, Mishap.REPORT_DROPPED, call.references)
            case Action.DELAY:
                self._post_later(delay + (rule.delay_seconds or 0.0), call)
            case Action.DUPLICATE:
                self._post_later(delay, call)
                self._post_later(delay, call)
            case Action.OUTCOME:
                changed = replace(report, state=rule.detail or _DEFAULT_OUTCOME)
                self._post_later(delay, _call([changed]))
            case Action.MALFORMED:
                self._notes.add(_TARGET, Mishap.REPORT_GARBLED, call.references)
                self._post_later(delay, replace(call, body=call.body[: len(call.body) // 2]))
            case _:
                _LOG.warning("fault %s has no meaning for a report", rule.action)

    def _post_later(self, delay: float, call: _Call) -> None:
        asyncio.get_running_loop().call_later(delay, self._due.put_nowait, call)

    async def _call_for_ever(self) -> None:
        while True:
            await self._post(await self._due.get())

    async def _post(self, call: _Call) -> None:
        if self._session is None:
            raise RuntimeError("the reports are not started")
        try:
            async with self._session.post(
                self._url, data=call.body, headers={"Content-Type": "application/xml"}
            ) as answer:
                problem = None if answer.status == 200 else f"status {answer.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            problem = type(error).__name__
        if problem is None:
            self._stats.report(_TARGET, "sent")
            for report in call.reports:
                self._here.outbox.note_report(report.reference, report.state, self._here.clock.now())
        elif call.attempt < len(self._retries):
            self._stats.report(_TARGET, "retried")
            self._post_later(self._retries[call.attempt], replace(call, attempt=call.attempt + 1))
        else:
            self._stats.report(_TARGET, "given-up")
            self._notes.add(_TARGET, Mishap.REPORT_GIVEN_UP, call.references)
            _LOG.warning("the report webhook did not take a report: %s", problem)


def _call(reports: Sequence[DeliveryReport]) -> _Call:
    return _Call(compose_reports(reports), tuple(reports))
