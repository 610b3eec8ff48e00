"""The control API: sent messages, fault rules, the clock, and tokens for callers."""

import re
import uuid
from typing import Any

from aiohttp import web

from devstack.simulators.acs.reports import EmailReports, delivery_report
from devstack.simulators.altinn.registers import Registers
from devstack.simulators.app_log import AppLog
from devstack.simulators.clock_control import ClockControl
from devstack.simulators.control_requests import (
    InvalidRequestError,
    explain_bad_requests,
    json_body,
    json_object,
    whole_number,
)
from devstack.simulators.faults.doors import Doors
from devstack.simulators.faults.rules import FaultRule
from devstack.simulators.link.pswin_xml import DeliveryReport
from devstack.simulators.link.reports import SmsReports
from devstack.simulators.people_control import PeopleControl
from devstack.simulators.surroundings import Surroundings
from devstack.simulators.tokens.issuer import TokenIssuer
from devstack.simulators.tokens.maskinporten import Maskinporten
from devstack.simulators.tokens.token_request import TokenRequest
from devstack.simulators.webhooks.control import WebhooksControl
from devstack.simulators.webhooks.receivers import Receivers

_DURATION = re.compile(r"(?P<amount>\d+(\.\d+)?)(?P<unit>ms|s|m|)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0}
_MAX_WAIT_SECONDS = 300.0
_PAGE = {"skip": "0", "count": "50"}
_CHAIN_DIGITS = 24  # of an id: they say to which order it belongs, and with zeros behind them are its trace


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
        registers: Registers,
        receivers: Receivers,
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
        self._registers = registers
        self._receivers = receivers
        self._fixtures = fixtures

    def app(self) -> web.Application:
        """Build the HTTP application."""
        app = web.Application(middlewares=[explain_bad_requests])
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
                *ClockControl(self._clock).routes(),
                *PeopleControl(self._registers).routes(),
                *WebhooksControl(self._receivers).routes(),
                web.get("/messages", self._search_messages),
                web.get("/messages/{id}", self._show_message),
                web.get("/revisions", self._show_revisions),
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
        wanted = whole_number(request.query.get("count", "1"))
        if "wait" in request.query:
            await self._outbox.wait(to, wanted, _seconds(request.query["wait"]))
        emails, sms = self._outbox.messages(to)
        return web.json_response(
            {"emails": [email.to_json() for email in emails], "sms": [message.to_json() for message in sms]}
        )

    async def _search_messages(self, request: web.Request) -> web.Response:
        skip, count = (whole_number(request.query.get(name, usual)) for name, usual in _PAGE.items())
        total, found = self._outbox.search(request.query.get("text", ""), skip, count)
        return web.json_response({"total": total, "messages": [message.to_json() for message in found]})

    async def _show_message(self, request: web.Request) -> web.Response:
        if (message := self._outbox.find(request.match_info["id"])) is None:
            return web.json_response({"error": "no such message"}, status=404)
        return web.json_response(message.to_json())

    async def _show_revisions(self, _request: web.Request) -> web.Response:
        frozen = self._clock.is_frozen()
        clock = self._clock.timestamp() if frozen else round(self._clock.offset(), 3)
        return web.json_response(
            {
                "outbox": self._outbox.revision,
                "faults": self._faults.revision,
                "people": self._registers.revision,
                "webhooks": self._receivers.revision,
                "clock": [frozen, clock],
            }
        )

    async def _clear_outbox(self, _request: web.Request) -> web.Response:
        self._outbox.clear()
        return web.Response(status=204)

    async def _list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response([rule.to_json() for rule in self._faults.rules()])

    async def _replace_faults(self, request: web.Request) -> web.Response:
        document = await json_body(request)
        if not isinstance(document, list):
            raise InvalidRequestError("expected an array of rules")
        self._faults.replace_all([FaultRule.parse(item) for item in document])
        await self._doors.follow(self._faults.rules())
        return await self._list_faults(request)

    async def _add_fault(self, request: web.Request) -> web.Response:
        document = await json_body(request)
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

    async def _issue_token(self, request: web.Request) -> web.Response:
        wanted = TokenRequest.parse(await json_body(request))
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
        document = await json_object(request)
        recipient = str(document.get("to", "somebody@example.no"))
        event = delivery_report(
            message_id=str(document.get("messageId") or uuid.uuid4()),
            status=str(document.get("status", "Delivered")),
            sender=str(document.get("from", "no-reply@example.no")),
            recipient=recipient,
            at=self._clock.now(),
        )
        if document.get("ignoreFaults") is True:
            self._email_reports.send(event)
        else:
            self._email_reports.schedule(0.0, event, recipient)
        return web.json_response(event, status=202)

    async def _report_sms(self, request: web.Request) -> web.Response:
        document = await json_object(request)
        report = DeliveryReport(
            reference=str(document.get("reference") or uuid.uuid4().hex[:16].upper()),
            receiver=str(document.get("to", "+4790000000")).removeprefix("+"),
            state=str(document.get("state", "DELIVRD")),
            at=self._clock.now(),
        )
        if document.get("ignoreFaults") is True:
            self._sms_reports.send(report)
        else:
            self._sms_reports.schedule(0.0, [report])
        return web.json_response({"reference": report.reference, "state": report.state}, status=202)


def _seconds(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise InvalidRequestError("wait is a duration such as 5s or 500ms")
    return min(float(found["amount"]) * _UNIT_SECONDS[found["unit"]], _MAX_WAIT_SECONDS)
