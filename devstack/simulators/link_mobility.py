"""The SMS gateway: takes up to 100 messages per XML request and reports on each of them later."""

import asyncio
import hmac
import re
import secrets

from aiohttp import web

from devstack.simulators.capture import CapturedSms, international
from devstack.simulators.configuration import Credentials
from devstack.simulators.fault_responses import after_effect, before_effect
from devstack.simulators.faults import Action, FaultRule
from devstack.simulators.pswin_xml import (
    DeliveryReport,
    GatewayXmlError,
    MessageAnswer,
    Submission,
    SubmittedSms,
    compose_answer,
    compose_logon_failure,
    parse_submission,
)
from devstack.simulators.sms_outcomes import INVALID_RECEIVER, SmsOutcome, outcome_for
from devstack.simulators.sms_reports import SmsReports
from devstack.simulators.surroundings import Surroundings

_RECEIVER = re.compile(r"\+?[1-9][0-9]{8,14}")  # international, at least nine digits
_LOGON_REFUSED = "Wrong username or password"


class LinkMobility:
    """Answers submit requests at any path, like the gateway's own single address."""

    def __init__(self, *, account: Credentials, reports: SmsReports, surroundings: Surroundings) -> None:
        self._account = account
        self._reports = reports
        self._here = surroundings

    def app(self) -> web.Application:
        """Build the HTTP application."""
        app = web.Application()
        app.router.add_post("/{anything:.*}", self._submit)
        return app

    async def _submit(self, request: web.Request) -> web.Response:
        self._here.stats.request("sms.submit")
        try:
            submission = parse_submission(await request.read(), request.charset)
        except GatewayXmlError as error:
            return web.Response(status=400, text=str(error))
        rule = self._here.faults.take("sms.submit", to=_spellings(submission))
        if (answer := await before_effect(rule, request)) is not None:
            return answer
        await asyncio.sleep(self._here.latency)
        if rule is not None and rule.action is Action.LOGON_FAILED:
            return _xml(compose_logon_failure(rule.detail or _LOGON_REFUSED))
        if not self._knows(submission):
            return _xml(compose_logon_failure(_LOGON_REFUSED))
        answers = [await self._take(message, rule) for message in submission.messages]
        self._reports.schedule(self._here.report_delay, [report for _, late in answers for report in late])
        return await after_effect(rule, request, _xml(compose_answer(answer for answer, _ in answers)))

    def _knows(self, submission: Submission) -> bool:
        user = hmac.compare_digest(submission.user.encode(), self._account.user.encode())
        password = hmac.compare_digest(submission.password.encode(), self._account.password.encode())
        return user and password

    async def _take(
        self, message: SubmittedSms, rule: FaultRule | None
    ) -> tuple[MessageAnswer, list[DeliveryReport]]:
        """Accept or refuse one message; return the answer and the reports that shall follow it."""
        outcome = _fate(message, rule)
        if outcome.refusal is not None:
            return MessageAnswer(message.id, None, outcome.refusal), []
        reference, to = secrets.token_hex(8).upper(), international(message.to)
        self._here.outbox.add_sms(
            CapturedSms(
                reference=reference,
                to=to,
                sender=message.sender,
                text=message.text,
                ttl_minutes=message.ttl_minutes,
                encoding=message.encoding,
                at=self._here.clock.now(),
            )
        )
        answer = MessageAnswer(message.id, reference if outcome.with_reference else None)
        if outcome.state is None:
            return answer, []
        report = DeliveryReport(reference, to.removeprefix("+"), outcome.state, self._here.clock.now())
        if outcome.report_first:
            await self._reports.post_now(report)
            return answer, []
        return answer, [report] * outcome.copies


def _fate(message: SubmittedSms, rule: FaultRule | None) -> SmsOutcome:
    if not _RECEIVER.fullmatch(message.to):
        return INVALID_RECEIVER
    if rule is not None and rule.action is Action.REFUSE and rule.applies("sms.submit", _facts(message)):
        return SmsOutcome(None, refusal=rule.detail or "Invalid RCV")
    return outcome_for(message.to, message.sender)


def _facts(message: SubmittedSms) -> dict[str, list[str]]:
    return {"to": [message.to, international(message.to)]}


def _spellings(submission: Submission) -> list[str]:
    return [to for message in submission.messages for to in _facts(message)["to"]]


def _xml(document: bytes) -> web.Response:
    return web.Response(body=document, content_type="text/xml", charset="utf-8")
