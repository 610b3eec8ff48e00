"""The e-mail endpoint of Azure Communication Services, as its SDK sees it."""

import asyncio
import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from devstack.simulators.acs.outcomes import (
    REFUSALS,
    SUPPRESSED_CODE,
    EmailOutcome,
    OperationStatus,
    outcome_for,
    refusal_of,
)
from devstack.simulators.acs.repeatability import Answer, RepeatableRequests, RepeatKey
from devstack.simulators.acs.reports import EmailReports, delivery_report
from devstack.simulators.acs.signature import signature_problem
from devstack.simulators.acs.submission import AcsError, EmailSubmission, addressed_to
from devstack.simulators.faults.notes import Mishap
from devstack.simulators.faults.responses import after_effect, before_effect
from devstack.simulators.faults.rules import Action
from devstack.simulators.outbox import CapturedEmail
from devstack.simulators.surroundings import Surroundings

_MAX_REQUEST_BYTES = 10 * 1024 * 1024
_KEPT_OPERATIONS = 100_000
_POLL_SECONDS = "1"


@dataclass(frozen=True, slots=True)
class _Operation:
    recipient: str
    outcome: EmailOutcome
    finished_at: float  # monotonic seconds


class AcsEmail:
    """Accepts e-mails, answers questions about their operations, and schedules their delivery reports."""

    def __init__(self, *, key: bytes, reports: EmailReports, surroundings: Surroundings) -> None:
        self._key = key
        self._reports = reports
        self._here = surroundings
        self._operations: OrderedDict[str, _Operation] = OrderedDict()
        self._repeatable = RepeatableRequests(lambda: datetime.now(UTC))

    def app(self) -> web.Application:
        """Build the HTTP application; it must be served at the root of its own address."""
        app = web.Application(client_max_size=_MAX_REQUEST_BYTES)
        app.router.add_post("/emails:send", self._send)
        app.router.add_get("/emails/operations/{id}", self._status)
        return app

    async def _send(self, request: web.Request) -> web.Response:
        self._here.stats.request("acs.send")
        try:
            body = await self._authenticated_body(request)
        except AcsError as error:
            return _refusal(error)
        to = addressed_to(body)
        rule = self._here.faults.take("acs.send", to=to)
        if (answer := await before_effect(rule, request)) is not None:
            if rule is not None and rule.hides_failure:
                self._here.notes.add("acs.send", Mishap.CALL_FAILED, to)
            return answer
        await asyncio.sleep(self._here.latency)
        try:
            if rule is not None and rule.action is Action.REFUSE:
                raise _error(rule.detail or SUPPRESSED_CODE, rule.status)
            accepted = self._accept_once(request, body)
        except AcsError as error:
            return _refusal(error)
        if rule is not None and rule.hides_answer and accepted.status == 202:
            self._here.notes.add("acs.send", Mishap.ANSWER_LOST, (str(accepted.payload["id"]),))
        return await after_effect(rule, request, _response(accepted))

    async def _status(self, request: web.Request) -> web.Response:
        self._here.stats.request("acs.status")
        try:
            await self._authenticated_body(request)
        except AcsError as error:
            return _refusal(error)
        operation_id = request.match_info["id"]
        operation = self._operations.get(operation_id.lower())
        rule = self._here.faults.take("acs.status", to=() if operation is None else (operation.recipient,))
        if (answer := await before_effect(rule, request)) is not None:
            return answer
        if operation is None:
            return _refusal(AcsError(404, "NotFound", "the operation does not exist"))
        failed = rule is not None and rule.action is Action.REFUSE
        status: OperationStatus = "Failed" if failed else self._state(operation)
        payload: dict[str, Any] = {"id": operation_id, "status": status}
        if status == "Failed":
            payload.update(_error_payload(_error((rule and rule.detail) or SUPPRESSED_CODE)))
        headers = {"Retry-After": _POLL_SECONDS} if status == "Running" else {}
        return await after_effect(rule, request, web.json_response(payload, headers=headers))

    async def _authenticated_body(self, request: web.Request) -> bytes:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge as error:
            raise AcsError(413, "RequestEntityTooLarge", "the request is larger than 10 MB") from error
        problem = signature_problem(
            method=request.method,
            path_and_query=request.raw_path,
            headers=request.headers,
            body=body,
            key=self._key,
        )
        if problem is not None:
            raise AcsError(401, "Denied", f"Denied by the resource provider: {problem}")
        if "api-version" not in request.query:
            raise AcsError(400, "MissingApiVersion", "the api-version query parameter is required")
        return body

    # Nothing awaits from here until the acceptance is complete, so a repeat finds the first request done.

    def _accept_once(self, request: web.Request, body: bytes) -> Answer:
        operation_id = _operation_id(request.headers)
        digest = hashlib.sha256(body).hexdigest()
        key = self._repeatable.key_of(request.headers, request.headers.get("Operation-Id", ""), digest)
        if key is not None and (earlier := self._repeatable.earlier_answer(key)) is not None:
            if earlier.status == 202:
                self._here.outbox.count_duplicate(str(earlier.payload["id"]))
            return earlier
        answer = self._accept_or_refuse(request, operation_id, body, key)
        if key is not None:
            self._repeatable.track(key, answer)
        return answer

    def _accept_or_refuse(
        self, request: web.Request, operation_id: str, body: bytes, key: RepeatKey | None
    ) -> Answer:
        repeatability = {} if key is None else {"Repeatability-Result": "accepted"}
        try:
            self._accept(operation_id, EmailSubmission.parse(body))
        except AcsError as error:
            return Answer(error.status, _error_payload(error), repeatability)
        location = f"http://{request.host}/emails/operations/{operation_id}?{request.query_string}"
        headers = {"Operation-Location": location, "Retry-After": _POLL_SECONDS, **repeatability}
        return Answer(202, {"id": operation_id, "status": "Running"}, headers)

    def _accept(self, operation_id: str, submission: EmailSubmission) -> None:
        if (code := refusal_of(submission.sender)) is not None:
            raise _error(code)
        outcomes = {address: outcome_for(address) for address in submission.recipients}
        if any(outcome.refused for outcome in outcomes.values()):
            raise AcsError(400, "InvalidEmailAddress", "Invalid format for email address")
        if operation_id in self._operations:
            raise AcsError(409, "OperationIdAlreadyExists", "an operation with this id already exists")
        first = submission.recipients[0]
        finished_at = time.monotonic() + self._here.report_delay
        self._operations[operation_id] = _Operation(first, outcomes[first], finished_at)
        if len(self._operations) > _KEPT_OPERATIONS:
            self._operations.popitem(last=False)
        if any(outcome.operation != "Failed" for outcome in outcomes.values()):
            self._here.outbox.add_email(_captured(operation_id, submission, self._here.clock.now()))
        for address, outcome in outcomes.items():
            if outcome.report is not None:
                event = delivery_report(
                    message_id=operation_id,
                    status=outcome.report,
                    sender=submission.sender,
                    recipient=address,
                    at=self._here.clock.now(),
                )
                self._reports.schedule(self._here.report_delay, event, address)

    @staticmethod
    def _state(operation: _Operation) -> OperationStatus:
        return "Running" if time.monotonic() < operation.finished_at else operation.outcome.operation


def _operation_id(headers: Mapping[str, str]) -> str:
    chosen = headers.get("Operation-Id")
    if chosen is None:
        return str(uuid.uuid4())
    try:
        return str(uuid.UUID(chosen))
    except ValueError as error:
        raise AcsError(400, "BadRequest", "Operation-Id is not a UUID") from error


def _captured(operation_id: str, submission: EmailSubmission, at: datetime) -> CapturedEmail:
    return CapturedEmail(
        operation_id=operation_id,
        recipients=submission.recipients,
        sender=submission.sender,
        subject=submission.subject,
        body=submission.body,
        content_type=submission.content_type,
        at=at,
        attachments=submission.attachments,
    )


def _error(code: str, status: int | None = None) -> AcsError:
    """Return the refusal with this code; a fault rule may name a code that the service does not have."""
    usual_status, message = REFUSALS.get(code, (400, code))
    return AcsError(status or usual_status, code, message)


def _error_payload(error: AcsError) -> dict[str, object]:
    return {"error": {"code": error.code, "message": error.message}}


def _refusal(error: AcsError) -> web.Response:
    return web.json_response(_error_payload(error), status=error.status)


def _response(answer: Answer) -> web.Response:
    return web.json_response(dict(answer.payload), status=answer.status, headers=answer.headers)
