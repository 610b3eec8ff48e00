"""The queues page: how much is where, one queue in detail, and dead letters with their reason."""

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from devstack.pages.site import JSON_BASE, Page, Site, said
from devstack.pages.sources import SourceError, Sources

_DASHBOARD = "/notifications/api/v1/future/dashboard/dead-letters"
_SUPPORT = "altinn:notifications.support.admin"
_ORG = "digdir"
_SHOWN = 50
_STATES = ("scheduled", "locked")


class QueuesPage:
    """`/queues`, its JSON, and what wipes queues and sends dead letters again."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        site.add(app, Page("/queues", "Queues", "queues.html", self.view, ("queues",)))
        app.router.add_post(f"{JSON_BASE}/queues/{{name}}/wipe", self._wipe)
        app.router.add_post(f"{JSON_BASE}/queues/{{name}}/dead-letters/{{id}}/replay", self._replay)

    async def view(self, request: web.Request) -> dict[str, Any]:
        """Return the counts of all queues, the dead letters, and with `name` the messages of one queue."""
        queues, letters = await asyncio.gather(
            self._sources.queues.ask("GET", "/queues"), self._dead_letters()
        )
        name = request.query.get("name")
        chosen = await self._queue(name) if name is not None and name in queues else None
        return {"queues": queues, "deadLetters": letters, "chosen": chosen}

    async def _queue(self, name: str) -> dict[str, Any]:
        path = f"/queues/{quote(name)}/peek"
        waiting, dead, *others = await asyncio.gather(
            self._sources.queues.ask("GET", f"{path}?count={_SHOWN}"),
            self._sources.queues.ask("GET", f"{path}?dead=1&count={_SHOWN}"),
            *(self._sources.queues.ask("GET", f"{path}?state={state}") for state in _STATES),
        )
        chosen = {message["sequenceNumber"]: message for part in (waiting, *others) for message in part}
        messages = sorted(chosen.values(), key=lambda message: message["sequenceNumber"])
        return {"name": name, "messages": messages[:_SHOWN], "dead": dead}

    async def _dead_letters(self) -> list[dict[str, Any]]:
        """Return what the app has recorded; an app without dead letters has none."""
        headers = await self._sources.authorization(_ORG, _SUPPORT)
        answer = await self._sources.api.exchange("GET", _DASHBOARD, headers=headers)
        return answer.document["deadLetters"] if answer.status == 200 else []

    async def _wipe(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        path = "/wipe" if name == "all" else f"/queues/{quote(name)}/wipe"
        lost = await self._sources.queues.ask("POST", path)
        count = sum(map(len, lost.values()))
        return said({"lost": count}, f"{count} messages are lost. The agenda brings the work back.")

    async def _replay(self, request: web.Request) -> web.Response:
        name, letter = (quote(request.match_info[part], safe="") for part in ("name", "id"))
        headers = await self._sources.authorization(_ORG, _SUPPORT)
        answer = await self._sources.api.exchange("POST", f"{_DASHBOARD}/{name}/{letter}/replay", {}, headers)
        if answer.status != 202:
            raise SourceError(answer.status, f"the message was not sent again: HTTP {answer.status}")
        return said(answer.document, "The message is on its queue again.", 202)
