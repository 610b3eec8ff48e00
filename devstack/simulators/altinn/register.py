"""Altinn Register: names of people and organisations, null for unknown ones."""

from aiohttp import web

from devstack.simulators.altinn.json_request import json_object, malformed
from devstack.simulators.altinn.registers import Registers
from devstack.simulators.faults.gate import Gate


class Register:
    """The names lookup, and a minimal resource registry for the tools of service owners."""

    def __init__(self, gate: Gate, registers: Registers) -> None:
        self._gate = gate
        self._registers = registers

    def add_routes(self, app: web.Application) -> None:
        """Serve under /register/api/v1 and /resourceregistry/api/v1."""
        app.router.add_post("/register/api/v1/parties/nameslookup", self._names)
        app.router.add_get("/resourceregistry/api/v1/resource/{id}", self._resource)

    async def _names(self, request: web.Request) -> web.Response:
        parties = (await json_object(request)).get("parties")
        if not isinstance(parties, list):
            raise malformed("parties is not an array")
        names = [self._named(party) for party in parties]
        return await self._gate.answer(
            request,
            "register.names",
            lambda: web.json_response({"partyNames": names}),
            to=[name["orgNo"] or name["ssn"] or "" for name in names],
        )

    async def _resource(self, request: web.Request) -> web.Response:
        identifier = request.match_info["id"]
        exists = not identifier.startswith("unknown")
        resource = {"identifier": identifier, "title": {"nb": identifier}, "status": "Completed"}
        return await self._gate.answer(
            request,
            "resourceregistry.resource",
            lambda: web.json_response(resource) if exists else web.Response(status=404),
            to=[identifier],
        )

    def _named(self, party: object) -> dict[str, str | None]:
        match party:
            case {"orgNo": str() as number, "ssn": str()}:
                raise malformed(f"a party has either orgNo or ssn, not both (orgNo of {len(number)} digits)")
            case {"orgNo": str() as number}:
                organisation = self._registers.organisations.get(number)
                return {"orgNo": number, "ssn": None, "name": organisation.name if organisation else None}
            case {"ssn": str() as number}:
                person = self._registers.people.get(number)
                return {"orgNo": None, "ssn": number, "name": person.name if person else None}
            case _:
                raise malformed("a party has an orgNo or an ssn")
