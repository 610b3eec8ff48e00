"""The part of the control API that shows and edits who is registered in the simulated Altinn."""

from collections.abc import Iterable

from aiohttp import web

from devstack.simulators.altinn.registers import Registers
from devstack.simulators.control_requests import json_object


class PeopleControl:
    """`GET /people`, `PUT /people/{nin}`, `PUT /organisations/{number}`."""

    def __init__(self, registers: Registers) -> None:
        self._registers = registers

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what the control application serves."""
        return (
            web.get("/people", self._show),
            web.put("/people/{nin}", self._put_person),
            web.put("/organisations/{number}", self._put_organisation),
        )

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(self._registers.to_json())

    async def _put_person(self, request: web.Request) -> web.Response:
        person = self._registers.put_person(request.match_info["nin"], await json_object(request))
        return web.json_response(person.to_json())

    async def _put_organisation(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        return web.json_response(
            self._registers.put_organisation(number, await json_object(request)).to_json()
        )
