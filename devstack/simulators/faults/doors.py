"""The ports of the providers, which fault rules can close; connections are then refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web

from devstack.simulators.faults.rules import Action, FaultRule

_BACKLOG = 1024
_PROVIDERS = {"acs.send": "acs", "sms.submit": "sms"}  # target of a rule → name of the door


@dataclass(slots=True)
class Door:
    """Where one simulator is served: `site` is None while its port is closed."""

    runner: web.AppRunner
    host: str
    port: int
    site: web.TCPSite | None = None

    async def open(self) -> None:
        """Serve at the port, a free one if it is 0 the first time; an open door stays as it is."""
        if self.site is not None:
            return
        self.site = web.TCPSite(self.runner, self.host, self.port, backlog=_BACKLOG)
        await self.site.start()
        self.port = int(self.runner.addresses[0][1])

    async def close(self) -> None:
        """Refuse new connections and abort the open ones."""
        if self.site is None:
            return
        await self.site.stop()
        self.site = None
        server = self.runner.server
        for connection in server.connections if server is not None else ():
            if connection.transport is not None:
                connection.transport.abort()


class Doors:
    """The doors of all simulators by name."""

    def __init__(self, doors: Mapping[str, Door]) -> None:
        self._doors = doors

    async def follow(self, rules: Iterable[FaultRule]) -> None:
        """Close the doors that these rules name, and open the others."""
        closed = {_PROVIDERS[rule.target] for rule in rules if rule.action is Action.UNREACHABLE}
        for name in _PROVIDERS.values():
            await (self._doors[name].close() if name in closed else self._doors[name].open())
