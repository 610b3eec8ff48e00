"""The outbox page: every captured message, one of them as its recipient would see it, and its fate."""

import asyncio
import re
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from devstack.pages.messages.sms_parts import size_of
from devstack.pages.site import JSON_BASE, Page, Site, said
from devstack.pages.sources import SourceError, Sources

_PER_PAGE = 40
_BUBBLES = 50
_VIEWS = ("html", "text", "source")
# No script, no form, nothing from anywhere: what a mail may do at most is be looked at.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox"
)
# The policy forbids what these load, but a browser may already have connected when it decides that.
_CONNECTS = re.compile(r"<(link|meta|i?frame|frameset|object|embed)(?=[\s/>])", re.IGNORECASE)
# The same holds for a link that is pressed. It keeps its looks, and leads nowhere.
_LINK = re.compile(r"\bhref(?=\s*=)", re.IGNORECASE)
_HEAD = "<!doctype html><style>a[data-href]{color:#0645ad;text-decoration:underline}</style>"
_EMAIL_REPORTS = {"deliver": "Delivered", "bounce": "Bounced", "fail": "Failed"}
_SMS_REPORTS = {"deliver": "DELIVRD", "bounce": "UNDELIV", "fail": "FAILED"}
_DELAY_SECONDS = 30.0


class OutboxPage:
    """`/outbox`, its JSON, the bodies of e-mails, and what the provider reports about a message."""

    def __init__(self, sources: Sources) -> None:
        self._control = sources.control

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        site.add(app, Page("/outbox", "Outbox", "outbox.html", self.view, ("outbox", "faults")))
        app.router.add_get("/outbox/mail/{id}", self._mail)
        app.router.add_delete(f"{JSON_BASE}/outbox", self._clear)
        app.router.add_post(f"{JSON_BASE}/outbox/{{id}}/report", self._report)
        app.router.add_post(f"{JSON_BASE}/outbox/{{id}}/next", self._next)

    async def view(self, request: web.Request) -> dict[str, Any]:
        """Return a page of messages, newest first, and with `id` the one that was chosen."""
        query = request.query
        skip = int(query["skip"]) if query.get("skip", "").isdecimal() else 0
        search = urlencode({"text": query.get("q", ""), "skip": skip, "count": _PER_PAGE})
        page, chosen = await asyncio.gather(
            self._control.ask("GET", f"/messages?{search}"), self._chosen(query.get("id"))
        )
        messages = [_listed(message) for message in page["messages"]]
        total = page["total"]
        return {
            "query": query.get("q", ""),
            "total": total,
            "skip": skip,
            "newer": max(0, skip - _PER_PAGE) if skip else None,
            "older": skip + _PER_PAGE if skip + _PER_PAGE < total else None,
            "messages": messages,
            "chosen": chosen,
            "as": query["as"] if query.get("as") in _VIEWS else "html",
        }

    async def _chosen(self, message_id: str | None) -> dict[str, Any] | None:
        if not message_id:
            return None
        try:
            message = await self._find(message_id)
        except SourceError:
            return None
        rules = await self._rules_for(message["to"])
        if "text" not in message:
            return {"kind": "email", **message, "next": rules}
        query = urlencode({"text": message["to"], "count": _BUBBLES})
        found = (await self._control.ask("GET", f"/messages?{query}"))["messages"]
        bubbles = [_sized(sms) for sms in reversed(found) if sms.get("to") == message["to"] and "text" in sms]
        if all(bubble["reference"] != message["reference"] for bubble in bubbles):
            bubbles.insert(0, _sized(message))
        return {"kind": "sms", **_sized(message), "bubbles": bubbles, "next": rules}

    async def _find(self, message_id: str) -> dict[str, Any]:
        return dict(await self._control.ask("GET", f"/messages/{quote(message_id, safe='')}"))

    async def _rules_for(self, to: str) -> list[dict[str, Any]]:
        rules = await self._control.ask("GET", "/faults")
        return [rule for rule in rules if rule.get("match", {}).get("to") == to]

    async def _mail(self, request: web.Request) -> web.Response:
        """Return the body of an e-mail for the frame of the page, with what keeps it harmless."""
        message = await self._find(request.match_info["id"])
        if message.get("contentType") == "Html":
            text = _LINK.sub("data-href", _CONNECTS.sub(r"<x-\1", message["body"]))
        else:
            text = f'<pre style="white-space:pre-wrap;font:inherit">{_escaped(message.get("body", ""))}</pre>'
        return web.Response(
            text=_HEAD + text,
            content_type="text/html",
            headers={"Content-Security-Policy": _MAIL_POLICY},
        )

    async def _clear(self, _request: web.Request) -> web.Response:
        await self._control.ask("DELETE", "/outbox")
        return said({}, "The outbox is empty.")

    async def _report(self, request: web.Request) -> web.Response:
        """Let the provider report on a message now: `deliver`, `bounce` or `fail`."""
        what = str((await request.json()).get("what"))
        message = await self._find(request.match_info["id"])
        channel, states = ("sms", _SMS_REPORTS) if "text" in message else ("email", _EMAIL_REPORTS)
        if what not in states:
            raise SourceError(400, f"what is one of {', '.join(states)}")
        report = {
            "to": message["to"],
            "from": message["from"],
            "messageId": message.get("operationId"),
            "reference": message.get("reference"),
            "status": states[what],
            "state": states[what],
            "ignoreFaults": True,
        }
        answer = await self._control.ask("POST", f"/reports/{channel}", report)
        return said(answer, f"The provider reports {states[what]}.")

    async def _next(self, request: web.Request) -> web.Response:
        """Say what becomes of the next message to the same recipient: `bounce`, `fail`, `delay`, `never`."""
        what = str((await request.json()).get("what"))
        message = await self._find(request.match_info["id"])
        is_sms = "text" in message
        target, states = ("sms.report", _SMS_REPORTS) if is_sms else ("acs.report", _EMAIL_REPORTS)
        actions: dict[str, dict[str, Any]] = {
            "bounce": {"action": "outcome", "detail": states["bounce"]},
            "fail": {"action": "outcome", "detail": states["fail"]},
            "delay": {"action": "delay", "delaySeconds": _DELAY_SECONDS},
            "never": {"action": "drop"},
        }
        if what not in actions:
            raise SourceError(400, f"what is one of {', '.join(actions)}")
        rule = {"target": target, "times": 1, "match": {"to": message["to"]}, **actions[what]}
        made = await self._control.ask("POST", "/faults", rule)
        return said(made, f"This holds for the next message to {message['to']}.", 201)


def _listed(message: dict[str, Any]) -> dict[str, Any]:
    """Return what the list shows, without the body."""
    is_sms = "text" in message
    return {
        "kind": "sms" if is_sms else "email",
        "id": message["reference"] if is_sms else message["operationId"],
        "to": message["to"],
        "from": message["from"],
        "title": message["text"][:120] if is_sms else message["subject"],
        "at": message["at"],
        "duplicates": message.get("duplicates", 0),
        "report": message["reports"][-1]["status"] if message["reports"] else None,
    }


def _sized(sms: dict[str, Any]) -> dict[str, Any]:
    return sms | {"size": size_of(sms["text"]).to_json()}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
