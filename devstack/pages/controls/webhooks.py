"""The webhooks page: an owner's webhooks, the calls that their receiver got, and how it misbehaves."""

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from devstack.pages.site import JSON_BASE, Page, Site, said
from devstack.pages.sources import SourceError, Sources

_ORG = "ttd"
_NAME = "local"
_RULE = f"webhook-{_NAME}"
_API = "/notifications/api/v1/future/webhooks"
# what the receiver can do instead of taking a call
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "down": ("Down (503)", {"action": "status", "status": 503}),
    "slow": ("Slow (8 s)", {"action": "delay", "delaySeconds": 8}),
    "silent": ("Never answers", {"action": "timeout"}),
    "garbage": ("Answers garbage", {"action": "malformed"}),
    "lost": ("Takes, answer lost", {"action": "after"}),
    "redirect": ("Redirects (302)", {"action": "status", "status": 302}),
    "gone": ("Gone (410)", {"action": "status", "status": 410}),
}
_DEEDS = {
    "pause": "It is paused.",
    "resume": "It is resumed.",
    "rotate-secret": "It has a new secret; both sign for a day.",
    "test": "It was tested.",
}


class WebhooksPage:
    """`/webhooks`, its JSON, and what changes webhooks and their receiver."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._control = sources.control
        self._secrets: list[str] = []

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        topics = ("webhooks", "faults", "clock", "queues")
        site.add(app, Page("/webhooks", "Webhooks", "webhooks.html", self.view, topics))
        base = f"{JSON_BASE}/webhooks"
        app.router.add_post(base, self._create)
        app.router.add_delete(f"{base}/{{id}}", self._delete)
        app.router.add_post(f"{base}/{{id}}/replay", self._replay)
        app.router.add_post(f"{base}/{{id}}/{{deed}}", self._do)
        app.router.add_put(f"{base}/faults/{{kind}}", self._misbehave)
        app.router.add_delete(f"{base}/faults/all", self._behave)

    async def view(self, _request: web.Request) -> dict[str, Any]:
        """Return the webhooks of the organisation, what their receiver saw, and how it misbehaves."""
        answer, receivers, rules = await asyncio.gather(
            self._api("GET", ""), self._control.ask("GET", "/webhooks"), self._control.ask("GET", "/faults")
        )
        in_force = [rule["id"].removeprefix(f"{_RULE}-") for rule in rules if rule["id"].startswith(_RULE)]
        mine = [receiver for receiver in receivers if receiver["name"] == _NAME]
        return {
            "org": _ORG,
            "address": self._address(),
            "webhooks": answer["webhooks"],
            "receiver": mine[0] if mine else {"taken": 0, "distinct": 0, "inOrder": True, "calls": []},
            "faults": {kind: name for kind, (name, _) in FAULTS.items()},
            "inForce": in_force,
        }

    async def _create(self, _request: web.Request) -> web.Response:
        wanted = {"url": self._address(), "description": "Receiver of the local cloud"}
        made = await self._api("POST", "", wanted)
        await self._know(made.pop("secret"))
        return said(made, "The receiver is told of every shipment that ends from now on.", 201)

    async def _do(self, request: web.Request) -> web.Response:
        deed = request.match_info["deed"]
        if deed not in _DEEDS:
            raise SourceError(404, "no such deed")
        done = await self._api("POST", f"/{_id(request)}/{deed}")
        if (secret := done.pop("secret", None)) is not None:
            await self._know(secret)
        text = f"It answered: {done['result']}." if deed == "test" else _DEEDS[deed]
        return said(done, text)

    async def _replay(self, request: web.Request) -> web.Response:
        document = await request.json()
        try:
            first = int(document.get("from", 1))
        except (TypeError, ValueError):
            raise SourceError(400, "a replay begins at a number") from None
        done = await self._api("POST", f"/{_id(request)}/replay", {"fromSequenceNumber": first})
        return said(done, f"Everything from {first} on is delivered again.")

    async def _delete(self, request: web.Request) -> web.Response:
        await self._api("DELETE", f"/{_id(request)}")
        return said({}, "The webhook is deleted.")

    async def _misbehave(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        if kind not in FAULTS:
            raise SourceError(404, "no such fault")
        await self._lift()
        name, rule = FAULTS[kind]
        target = f"webhook.{_NAME}"
        await self._control.ask("POST", "/faults", {**rule, "target": target, "id": f"{_RULE}-{kind}"})
        return said({}, f"The receiver: {name}.")

    async def _behave(self, _request: web.Request) -> web.Response:
        await self._lift()
        return said({}, "The receiver behaves.")

    async def _lift(self) -> None:
        for rule in await self._control.ask("GET", "/faults"):
            if rule["id"].startswith(_RULE):
                await self._control.ask("DELETE", f"/faults/{quote(rule['id'], safe='')}")

    async def _know(self, secret: str) -> None:
        """Tell the receiver one more secret; every webhook of this page has its own."""
        self._secrets.append(secret)
        await self._control.ask("PUT", f"/webhooks/{_NAME}", {"secrets": self._secrets})

    async def _api(self, method: str, path: str, document: object = None) -> Any:
        headers = await self._sources.authorization(_ORG)
        return await self._sources.api.ask(method, _API + path, document, headers)

    def _address(self) -> str:
        return f"{self._sources.config.platform}/webhooks/{_NAME}"


def _id(request: web.Request) -> str:
    return quote(request.match_info["id"], safe="")
