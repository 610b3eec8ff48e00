"""The compose page: a form for an order of any kind, with what would happen, and the request as curl."""

import secrets
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from devstack.pages.formats import OSLO
from devstack.pages.orders.foresight import sentence, told
from devstack.pages.orders.request_maker import CHANNELS, KINDS, ApiRequest, make_request
from devstack.pages.site import JSON_BASE, Page, Site
from devstack.pages.sources import SourceError, Sources

_CONDITIONS = ("true", "false", "error", "slow", "flaky")


class ComposePage:
    """`/compose`; `POST /devstack/compose` returns request and preview, and with `place` the answer, too."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._site: Site | None = None

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        self._site = site
        site.add(app, Page("/compose", "Compose", "compose.html", self.view))
        app.router.add_post(f"{JSON_BASE}/compose", self._as_json)
        app.router.add_post("/compose/request", self._show_request)
        app.router.add_post("/compose/preview", self._preview)
        app.router.add_post("/compose/place", self._place)

    async def view(self, request: web.Request) -> dict[str, Any]:
        """Return what can be chosen."""
        people = await self._sources.control.ask("GET", "/people")
        names = {person["nin"]: person["name"] for person in people["people"]}
        names |= {each["number"]: each["name"] for each in people["organisations"]}
        names |= {each["urn"]: "self-identified" for each in people["identities"]}
        return {
            "kinds": KINDS,
            "channels": CHANNELS,
            "conditions": _CONDITIONS,
            "recipients": names,
            "recipient": request.query.get("recipient", "kari.nordmann@example.no"),
            "key": f"compose-{secrets.token_hex(4)}",
        }

    async def _as_json(self, request: web.Request) -> web.Response:
        form = await _form(request)
        wanted = self._request(form)
        document = self._described(wanted) | {"preview": await self._previewed(wanted)}
        if form.get("place"):
            document |= await self._placed(wanted)
        return web.json_response(document)

    async def _show_request(self, request: web.Request) -> web.Response:
        assert self._site is not None
        document = self._described(self._request(await _form(request)))
        return self._site.render(request, "compose_request.html", document)

    async def _preview(self, request: web.Request) -> web.Response:
        assert self._site is not None
        shown = await self._previewed(self._request(await _form(request)))
        return self._site.render(request, "compose_preview.html", shown)

    async def _place(self, request: web.Request) -> web.Response:
        assert self._site is not None
        wanted = self._request(await _form(request))
        answer = await self._placed(wanted)
        return self._site.render(request, "compose_answer.html", answer)

    def _request(self, form: dict[str, str]) -> ApiRequest:
        try:
            return make_request(form, platform=self._sources.config.platform)
        except ValueError as error:
            raise SourceError(400, f"this cannot be sent: {error}") from None

    def _described(self, wanted: ApiRequest) -> dict[str, Any]:
        api = self._sources.config.api
        return {"method": "POST", "url": api + wanted.path, "body": wanted.body, "curl": wanted.curl(api)}

    async def _previewed(self, wanted: ApiRequest) -> dict[str, Any]:
        headers = await self._sources.authorization(wanted.org, wanted.scope)
        answer = await self._sources.api.exchange("POST", f"{wanted.path}/preview", wanted.body, headers)
        shown = told(answer.status, answer.document)
        return shown | {"said": sentence(shown)}

    async def _placed(self, wanted: ApiRequest) -> dict[str, Any]:
        headers = await self._sources.authorization(wanted.org, wanted.scope)
        answer = await self._sources.api.exchange("POST", wanted.path, wanted.body, headers)
        match answer.document:
            case {"notificationOrderId": str() as order_id} | {"orderId": str() as order_id}:
                return {"status": answer.status, "answer": answer.document, "orderId": order_id}
            case _:
                return {"status": answer.status, "answer": answer.document, "orderId": None}


async def _form(request: web.Request) -> dict[str, str]:
    """Read the fields of a form, which come as JSON; a time without offset is Oslo's."""
    try:
        form = {name: str(value) for name, value in (await request.json()).items() if value not in (None, "")}
        if "atOslo" in form:
            at = datetime.fromisoformat(form.pop("atOslo")).replace(tzinfo=OSLO).astimezone(UTC)
            form["at"] = at.isoformat().replace("+00:00", "Z")
    except (ValueError, AttributeError) as error:
        raise SourceError(400, f"this cannot be read: {error}") from None
    return form
