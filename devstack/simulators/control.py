"""The control API: sent messages, fault rules, the clock, and tokens for callers."""

import json
import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from devstack.simulators.acs.reports import EmailReports, delivery_report
from devstack.simulators.app_log import AppLog
from devstack.simulators.faults.doors import Doors
from devstack.simulators.faults.rules import FaultRule, InvalidRuleError
from devstack.simulators.link.pswin_xml import DeliveryReport
from devstack.simulators.link.reports import SmsReports
from devstack.simulators.surroundings import Surroundings
from devstack.simulators.tokens.issuer import TokenIssuer
from devstack.simulators.tokens.maskinporten import Maskinporten
from devstack.simulators.tokens.token_request import InvalidTokenRequestError, TokenRequest

_DURATION = re.compile(r"(?P<amount>\d+(\.\d+)?)(?P<unit>ms|s|m|)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0}
_MAX_WAIT_SECONDS = 300.0
_CHAIN_DIGITS = 24  # of an id: they say to which order it belongs, and with zeros behind them are its trace


class InvalidRequestError(ValueError):
    """A control request that makes no sense; the text says why."""


class Control:
    """JSON over HTTP; errors are {"error": text} with status 400 or 404."""

    def __init__(
        self,
        *,
        surroundings: Surroundings,
        doors: Doors,
        tokens: TokenIssuer,
        email_reports: EmailReports,
        sms_reports: SmsReports,
        maskinporten: Maskinporten,
        app_log: AppLog,
        fixtures: dict[str, Any],
    ) -> None:
        self._app_log = app_log
        self._outbox = surroundings.outbox
        self._faults = surroundings.faults
        self._notes = surroundings.notes
        self._stats = surroundings.stats
        self._clock = surroundings.clock
        self._doors = doors
        self._tokens = tokens
        self._email_reports = email_reports
        self._sms_reports = sms_reports
        self._maskinporten = maskinporten
        self._fixtures = fixtures

    def app(self) -> web.Application:
        """Build the HTTP application."""
        app = web.Application(middlewares=[_explain_bad_requests])
        app.add_routes(
            [
                web.get("/outbox", self._read_outbox),
                web.delete("/outbox", self._clear_outbox),
                web.get("/faults", self._list_faults),
                web.put("/faults", self._replace_faults),
                web.post("/faults", self._add_fault),
                web.delete("/faults", self._clear_faults),
                web.delete("/faults/{id}", self._remove_fault),
                web.get("/fault-notes", self._show_notes),
                web.delete("/fault-notes", self._clear_notes),
                web.get("/clock", self._read_clock),
                web.post("/clock", self._move_clock),
                web.post("/token", self._issue_token),
                web.get("/maskinporten", self._show_maskinporten_client),
                web.get("/fixtures", self._show_fixtures),
                web.get("/devstack/metrics", self._show_metrics),
                web.get("/devstack/traces/{id}", self._show_trace),
                web.get("/stats", self._show_stats),
                web.delete("/stats", self._clear_stats),
                web.post("/reports/email", self._report_email),
                web.post("/reports/sms", self._report_sms),
            ]
        )
        return app

    async def _read_outbox(self, request: web.Request) -> web.Response:
        to = request.query.get("to")
        wanted = _whole_number(request.query.get("count", "1"))
        if "wait" in request.query:
            await self._outbox.wait(to, wanted, _seconds(request.query["wait"]))
        emails, sms = self._outbox.messages(to)
        return web.json_response(
            {"emails": [email.to_json() for email in emails], "sms": [message.to_json() for message in sms]}
        )

    async def _clear_outbox(self, _request: web.Request) -> web.Response:
        self._outbox.clear()
        return web.Response(status=204)

    async def _list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response([rule.to_json() for rule in self._faults.rules()])

    async def _replace_faults(self, request: web.Request) -> web.Response:
        document = await _body(request)
        if not isinstance(document, list):
            raise InvalidRequestError("expected an array of rules")
        self._faults.replace_all([FaultRule.parse(item) for item in document])
        await self._doors.follow(self._faults.rules())
        return await self._list_faults(request)

    async def _add_fault(self, request: web.Request) -> web.Response:
        document = await _body(request)
        rules = [FaultRule.parse(item) for item in (document if isinstance(document, list) else [document])]
        for rule in rules:
            self._faults.add(rule)
        await self._doors.follow(self._faults.rules())
        added = [rule.to_json() for rule in rules]
        return web.json_response(added if isinstance(document, list) else added[0], status=201)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.replace_all([])
        await self._doors.follow(())
        return web.Response(status=204)

    async def _remove_fault(self, request: web.Request) -> web.Response:
        if not self._faults.remove(request.match_info["id"]):
            return web.json_response({"error": "no such rule"}, status=404)
        await self._doors.follow(self._faults.rules())
        return web.Response(status=204)

    async def _show_notes(self, _request: web.Request) -> web.Response:
        return web.json_response(self._notes.to_json())

    async def _clear_notes(self, _request: web.Request) -> web.Response:
        self._notes.clear()
        return web.Response(status=204)

    async def _read_clock(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"offsetSeconds": self._clock.offset(), "now": self._clock.now().isoformat()}
        )

    async def _move_clock(self, request: web.Request) -> web.Response:
        match await _body(request):
            case {"advanceSeconds": int() | float() as seconds}:
                self._clock.set_offset(self._clock.offset() + seconds)
            case {"set": str() as instant}:
                self._clock.set_offset((_instant(instant) - datetime.now(UTC)).total_seconds())
            case {"reset": True}:
                self._clock.set_offset(0.0)
            case _:
                raise InvalidRequestError(
                    "expected advanceSeconds (number), set (ISO instant) or reset: true"
                )
        return await self._read_clock(request)

    async def _issue_token(self, request: web.Request) -> web.Response:
        wanted = TokenRequest.parse(await _body(request))
        return web.json_response({"token": await self._tokens.issue(wanted)})

    async def _show_maskinporten_client(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._maskinporten.client())

    async def _show_fixtures(self, _request: web.Request) -> web.Response:
        return web.json_response(self._fixtures)

    async def _show_metrics(self, _request: web.Request) -> web.Response:
        return web.json_response({"metrics": self._app_log.metrics()})

    async def _show_trace(self, request: web.Request) -> web.Response:
        trace = request.match_info["id"].replace("-", "")[:_CHAIN_DIGITS].ljust(32, "0")
        return web.json_response({"operation_id": trace, "hops": self._app_log.hops(trace)})

    async def _show_stats(self, _request: web.Request) -> web.Response:
        return web.json_response(self._stats.to_json())

    async def _clear_stats(self, _request: web.Request) -> web.Response:
        self._stats.clear()
        return web.Response(status=204)

    async def _report_email(self, request: web.Request) -> web.Response:
        document = await _object(request)
        recipient = str(document.get("to", "somebody@example.no"))
        event = delivery_report(
            message_id=str(document.get("messageId") or uuid.uuid4()),
            status=str(document.get("status", "Delivered")),
            sender=str(document.get("from", "no-reply@example.no")),
            recipient=recipient,
            at=self._clock.now(),
        )
        self._email_reports.schedule(0.0, event, recipient)
        return web.json_response(event, status=202)

    async def _report_sms(self, request: web.Request) -> web.Response:
        document = await _object(request)
        report = DeliveryReport(
            reference=str(document.get("reference") or uuid.uuid4().hex[:16].upper()),
            receiver=str(document.get("to", "+4790000000")).removeprefix("+"),
            state=str(document.get("state", "DELIVRD")),
            at=self._clock.now(),
        )
        self._sms_reports.schedule(0.0, [report])
        return web.json_response({"reference": report.reference, "state": report.state}, status=202)


@web.middleware
async def _explain_bad_requests(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except (InvalidRequestError, InvalidRuleError, InvalidTokenRequestError) as error:
        return web.json_response({"error": str(error)}, status=400)


async def _body(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except ValueError as error:
        raise InvalidRequestError("the body is not JSON") from error


async def _object(request: web.Request) -> dict[str, Any]:
    document = await _body(request)
    if not isinstance(document, dict):
        raise InvalidRequestError("expected a JSON object")
    return document


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise InvalidRequestError("count is a whole number")
    return int(text)


def _seconds(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise InvalidRequestError("wait is a duration such as 5s or 500ms")
    return min(float(found["amount"]) * _UNIT_SECONDS[found["unit"]], _MAX_WAIT_SECONDS)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequestError("set is an ISO 8601 instant") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
