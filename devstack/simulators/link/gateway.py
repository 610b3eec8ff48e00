"""The SMS gateway: takes up to 100 messages per XML request and reports on each of them later."""

import asyncio
import hmac
import re
import secrets
from dataclasses import dataclass

from aiohttp import web

from devstack.simulators.configuration import Credentials
from devstack.simulators.faults.notes import Mishap
from devstack.simulators.faults.responses import after_effect, before_effect
from devstack.simulators.faults.rules import Action, FaultRule
from devstack.simulators.link.outcomes import INVALID_RECEIVER, SmsOutcome, outcome_for
from devstack.simulators.link.pswin_xml import (
    DeliveryReport,
    GatewayXmlError,
    MessageAnswer,
    Submission,
    SubmittedSms,
    compose_answer,
    compose_logon_failure,
    parse_submission,
)
from devstack.simulators.link.reports import SmsReports
from devstack.simulators.outbox import CapturedSms, international
from devstack.simulators.surroundings import Surroundings

_TARGET = "sms.submit"
_RECEIVER = re.compile(r"\+?[1-9][0-9]{8,14}")  # international, at least nine digits
_LOGON_REFUSED = "Wrong username or password"


@dataclass(frozen=True, slots=True)
class _Taken:
    """A handled message: the answer, its reference if it was taken, the reports that follow."""

    answer: MessageAnswer
    reference: str | None = None
    reports: tuple[DeliveryReport, ...] = ()


class LinkMobility:
    """Answers submit requests at any path, because the gateway has one address."""

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
        self._here.stats.request(_TARGET)
        try:
            submission = parse_submission(await request.read(), request.charset)
        except GatewayXmlError as error:
            return web.Response(status=400, text=str(error))
        rule = self._here.faults.take(_TARGET, to=_spellings(submission))
        try:
            if (answer := await before_effect(rule, request)) is not None:
                if rule is not None and rule.hides_failure:
                    self._note_failed(submission)
                return answer
            await asyncio.sleep(self._here.latency)
        except asyncio.CancelledError:  # the caller gave up
            self._note_failed(submission)
            raise
        if rule is not None and rule.action is Action.LOGON_FAILED:
            return _xml(compose_logon_failure(rule.detail or _LOGON_REFUSED))
        if not self._knows(submission):
            return _xml(compose_logon_failure(_LOGON_REFUSED))
        return await self._take_all(request, submission, rule)

    async def _take_all(
        self, request: web.Request, submission: Submission, rule: FaultRule | None
    ) -> web.Response:
        answer_lost = True
        taken: list[_Taken] = []
        try:
            for message in submission.messages:
                taken.append(await self._take(message, rule))  # noqa: PERF401  what was taken stays known
            late = [report for each in taken for report in each.reports]
            self._reports.schedule(self._here.report_delay, late)
            answer = await after_effect(rule, request, _xml(compose_answer(each.answer for each in taken)))
            is_gone = request.transport is None or request.transport.is_closing()
            answer_lost = is_gone or (rule is not None and rule.hides_answer)
            return answer
        finally:  # also when the caller gives up, which cancels this method
            if answer_lost:
                references = (each.reference for each in taken if each.reference is not None)
                self._here.notes.add(_TARGET, Mishap.ANSWER_LOST, references)

    def _note_failed(self, submission: Submission) -> None:
        to = (international(message.to) for message in submission.messages)
        self._here.notes.add(_TARGET, Mishap.CALL_FAILED, to)

    def _knows(self, submission: Submission) -> bool:
        user = hmac.compare_digest(submission.user.encode(), self._account.user.encode())
        password = hmac.compare_digest(submission.password.encode(), self._account.password.encode())
        return user and password

    async def _take(self, message: SubmittedSms, rule: FaultRule | None) -> _Taken:
        outcome = _outcome(message, rule)
        if outcome.refusal is not None:
            return _Taken(MessageAnswer(message.id, None, outcome.refusal))
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
            return _Taken(answer, reference)
        report = DeliveryReport(reference, to.removeprefix("+"), outcome.state, self._here.clock.now())
        if outcome.report_first:
            await self._reports.post_now(report)
            return _Taken(answer, reference)
        return _Taken(answer, reference, (report,) * outcome.copies)


def _outcome(message: SubmittedSms, rule: FaultRule | None) -> SmsOutcome:
    if not _RECEIVER.fullmatch(message.to):
        return INVALID_RECEIVER
    if rule is not None and rule.action is Action.REFUSE and rule.applies(_TARGET, _facts(message)):
        return SmsOutcome(None, refusal=rule.detail or "Invalid RCV")
    return outcome_for(message.to, message.sender)


def _facts(message: SubmittedSms) -> dict[str, list[str]]:
    return {"to": [message.to, international(message.to)]}


def _spellings(submission: Submission) -> list[str]:
    return [to for message in submission.messages for to in _facts(message)["to"]]


def _xml(document: bytes) -> web.Response:
    return web.Response(body=document, content_type="text/xml", charset="utf-8")
