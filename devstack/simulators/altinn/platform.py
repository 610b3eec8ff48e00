"""The Altinn platform, Maskinporten, conditions, webhooks and blobs at one address, below their own paths."""

from pathlib import Path

from aiohttp import web

from devstack.clock import ClockFile
from devstack.simulators.altinn.authorization import Authorization
from devstack.simulators.altinn.blobs import Blobs
from devstack.simulators.altinn.conditions import Conditions
from devstack.simulators.altinn.profile import Profile
from devstack.simulators.altinn.register import Register
from devstack.simulators.altinn.registers import Registers
from devstack.simulators.faults.gate import Gate
from devstack.simulators.tokens.maskinporten import Maskinporten
from devstack.simulators.webhooks.receivers import Receivers


class AltinnPlatform:
    """All services that the product looks things up in."""

    def __init__(self, gate: Gate, clock: ClockFile, key_folder: Path | None = None) -> None:
        self.registers = Registers()
        self.maskinporten = Maskinporten(gate, key_folder)
        self.receivers = Receivers(gate)
        self._parts = (
            Profile(gate, self.registers),
            Register(gate, self.registers),
            Authorization(gate),
            self.maskinporten,
            Conditions(gate, self.maskinporten),
            self.receivers,
            Blobs(gate, clock),
        )

    def app(self) -> web.Application:
        """Build the HTTP application."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        for part in self._parts:
            part.add_routes(app)
        return app

    def served_at(self, address: str) -> None:
        """Note the address, which ends with a slash: it is part of the audience of Maskinporten."""
        self.maskinporten.audience = f"{address}maskinporten/"
