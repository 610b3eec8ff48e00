"""The people page: who is registered in the simulated Altinn, what each fixture shows, and edits."""

from typing import Any
from urllib.parse import quote

from aiohttp import web

from devstack.pages.site import JSON_BASE, Page, Site, said
from devstack.pages.sources import SourceError, Sources

_PERSON_DIGITS = 11
_FLAGS = ("reserved", "stale")


class PeoplePage:
    """`/people`, `/people/NUMBER`, their JSON, and `PUT /devstack/people/NUMBER`."""

    def __init__(self, sources: Sources) -> None:
        self._control = sources.control

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the pages."""
        site.add(app, Page("/people", "People", "people.html", self.everybody, ("people",)))
        site.add(app, Page("/people/{number}", "Person", "person.html", self.view, ("people",)))
        app.router.add_put(f"{JSON_BASE}/people/{{number}}", self._put)
        app.router.add_post(f"{JSON_BASE}/people", self._add)

    async def everybody(self, _request: web.Request) -> dict[str, Any]:
        """Return everybody but the crowd."""
        return dict(await self._control.ask("GET", "/people"))

    async def view(self, request: web.Request) -> dict[str, Any]:
        """Return one person or organisation."""
        number = request.match_info["number"]
        known = await self._control.ask("GET", "/people")
        for person in known["people"]:
            if person["nin"] == number:
                return {"kind": "person", "number": number, **person}
        for organisation in known["organisations"]:
            if organisation["number"] == number:
                addresses = {key: next(iter(organisation[f"{key}s"]), None) for key in ("email", "mobile")}
                return {"kind": "organisation", **organisation, **addresses}
        raise SourceError(404, "nobody has this number")

    async def _put(self, request: web.Request) -> web.Response:
        return await self._change(request.match_info["number"], await request.json())

    async def _add(self, request: web.Request) -> web.Response:
        document = await request.json()
        return await self._change(str(document.pop("number", "")).strip(), document)

    async def _change(self, number: str, document: dict[str, Any]) -> web.Response:
        is_person = len(number) == _PERSON_DIGITS
        if is_person:  # a box that is not ticked is not sent by a form
            document |= {flag: str(document.get(flag, "")).lower() in ("true", "on") for flag in _FLAGS}
        path = f"/{'people' if is_person else 'organisations'}/{quote(number, safe='')}"
        party = await self._control.ask("PUT", path, document)
        return said(party, f"{party['name']} is registered.")
