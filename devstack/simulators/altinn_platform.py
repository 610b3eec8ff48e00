"""The Altinn platform at one address, told apart by path, with Maskinporten, conditions and blobs."""

from pathlib import Path

from aiohttp import web

from devstack.clock import ClockFile
from devstack.simulators.authorization import Authorization
from devstack.simulators.blobs import Blobs
from devstack.simulators.conditions import Conditions
from devstack.simulators.fault_notes import FaultNotes
from devstack.simulators.faults import FaultBook
from devstack.simulators.gate import Gate
from devstack.simulators.maskinporten import Maskinporten
from devstack.simulators.profile import Profile
from devstack.simulators.register import Register
from devstack.simulators.stats import Stats


class AltinnPlatform:
    """Everything the product looks things up in."""

    def __init__(
        self,
        *,
        faults: FaultBook,
        stats: Stats,
        notes: FaultNotes,
        clock: ClockFile,
        key_folder: Path | None = None,
    ) -> None:
        gate = Gate(faults, stats, notes)
        self.maskinporten = Maskinporten(gate, key_folder)
        self._parts = (
            Profile(gate),
            Register(gate),
            Authorization(gate),
            self.maskinporten,
            Conditions(gate, self.maskinporten),
            Blobs(gate, clock),
        )

    def app(self) -> web.Application:
        """Build the HTTP application."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        for part in self._parts:
            part.add_routes(app)
        return app

    def served_at(self, address: str) -> None:
        """Learn the address, which ends with a slash, so that Maskinporten knows its own name."""
        self.maskinporten.audience = f"{address}maskinporten/"
