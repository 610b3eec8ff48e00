"""The faults page: which rules are in force, presets for each part, and what they have done."""

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from devstack.pages.site import JSON_BASE, Page, Site, said
from devstack.pages.sources import SourceError, Sources

type Rule = dict[str, Any]

# part → (name, rule): what goes wrong most often in reality
PRESETS: dict[str, dict[str, Rule]] = {
    "E-mail provider": {
        "Throttle the next call (429)": {
            "target": "acs.send", "action": "status", "status": 429, "retryAfter": 30, "times": 1,
        },
        "Fail the next three calls (503)": {
            "target": "acs.send", "action": "status", "status": 503, "times": 3,
        },
        "Lose the next answer": {"target": "acs.send", "action": "after", "times": 1},
        "Refuse the sender's domain": {"target": "acs.send", "action": "refuse", "detail": "DomainNotLinked"},
        "Unreachable": {"target": "acs.send", "action": "unreachable"},
    },
    "E-mail reports": {
        "Bounce the next one": {"target": "acs.report", "action": "outcome", "detail": "Bounced", "times": 1},
        "Send the next one twice": {"target": "acs.report", "action": "duplicate", "times": 1},
        "Report 30 s late": {"target": "acs.report", "action": "delay", "delaySeconds": 30},
        "Never report": {"target": "acs.report", "action": "drop"},
    },
    "SMS gateway": {
        "Fail the next three calls (503)": {
            "target": "sms.submit", "action": "status", "status": 503, "times": 3,
        },
        "Lose the next answer": {"target": "sms.submit", "action": "after", "times": 1},
        "Refuse our account": {"target": "sms.submit", "action": "logon-failed"},
        "Unreachable": {"target": "sms.submit", "action": "unreachable"},
    },
    "SMS reports": {
        "Next one undelivered": {
            "target": "sms.report", "action": "outcome", "detail": "UNDELIV", "times": 1,
        },
        "Send the next one twice": {"target": "sms.report", "action": "duplicate", "times": 1},
        "Report 30 s late": {"target": "sms.report", "action": "delay", "delaySeconds": 30},
        "Never report": {"target": "sms.report", "action": "drop"},
    },
    "Registers": {
        "Profile is down": {"target": "profile.*", "action": "status", "status": 503},
        "Profile is slow (5 s)": {"target": "profile.*", "action": "delay", "delaySeconds": 5},
        "Register is down": {"target": "register.*", "action": "status", "status": 503},
        "Authorization is down": {"target": "authorization.*", "action": "status", "status": 503},
    },
    "Webhooks": {
        "Receivers are down (503)": {"target": "webhook.*", "action": "status", "status": 503},
        "Receivers never answer": {"target": "webhook.*", "action": "timeout"},
        "Receivers are gone (410), once": {
            "target": "webhook.*", "action": "status", "status": 410, "times": 1,
        },
    },
    "Conditions and tokens": {
        "Conditions fail": {"target": "condition.*", "action": "status", "status": 500},
        "Conditions never answer": {"target": "condition.*", "action": "timeout"},
        "Maskinporten is down": {"target": "maskinporten.token", "action": "status", "status": 503},
    },
}  # fmt: skip
_NUMBERS = {"status": int, "retryAfter": int, "times": int, "delaySeconds": float}


class FaultsPage:
    """`/faults`, its JSON, and what adds and removes rules."""

    def __init__(self, sources: Sources) -> None:
        self._control = sources.control

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        site.add(app, Page("/faults", "Faults", "faults.html", self.view, ("faults", "outbox", "queues")))
        app.router.add_post(f"{JSON_BASE}/faults", self._add)
        app.router.add_delete(f"{JSON_BASE}/faults", self._clear)
        app.router.add_delete(f"{JSON_BASE}/faults/{{id}}", self._remove)

    async def view(self, _request: web.Request) -> dict[str, Any]:
        """Return the rules in force, the presets, and counts of requests and of used rules."""
        rules, stats, notes = await asyncio.gather(
            self._control.ask("GET", "/faults"),
            self._control.ask("GET", "/stats"),
            self._control.ask("GET", "/fault-notes"),
        )
        return {
            "rules": rules,
            "presets": PRESETS,
            "requests": stats["requests"],
            "used": stats["faults"],
            "notes": notes[-20:],
        }

    async def _add(self, request: web.Request) -> web.Response:
        """Add a preset, by `part` and `preset`, or a rule."""
        document = await request.json()
        match document:
            case {"part": part, "preset": preset}:
                if (rule := PRESETS.get(part, {}).get(preset)) is None:
                    raise SourceError(404, "no such preset")
                name = f"{part}: {preset}"
            case _:
                rule, name = _rule(document), "The rule"
        added = await self._control.ask("POST", "/faults", rule)
        return said(added, f"{name} is in force.", 201)

    async def _remove(self, request: web.Request) -> web.Response:
        await self._control.ask("DELETE", f"/faults/{quote(request.match_info['id'], safe='')}")
        return said({}, "The rule is lifted.")

    async def _clear(self, _request: web.Request) -> web.Response:
        await self._control.ask("DELETE", "/faults")
        return said({}, "All rules are lifted.")


def _rule(document: dict[str, Any]) -> Rule:
    """Read a rule of a form, where all values are text and `to` stands for its match."""
    rule = {name: value for name, value in document.items() if value not in (None, "")}
    try:
        rule |= {name: read(rule[name]) for name, read in _NUMBERS.items() if name in rule}
    except (TypeError, ValueError):
        raise SourceError(400, f"numbers are expected in {', '.join(_NUMBERS)}") from None
    if to := rule.pop("to", None):
        rule["match"] = {"to": to}
    return rule
