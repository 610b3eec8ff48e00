"""The Altinn platform at one address, told apart by path, with Maskinporten, conditions and blobs."""

from pathlib import Path

from aiohttp import web

from devstack.clock import ClockFile
from devstack.simulators.altinn.authorization import Authorization
from devstack.simulators.altinn.blobs import Blobs
from devstack.simulators.altinn.conditions import Conditions
from devstack.simulators.altinn.profile import Profile
from devstack.simulators.altinn.register import Register
from devstack.simulators.faults.book import FaultBook
from devstack.simulators.faults.gate import Gate
from devstack.simulators.faults.notes import FaultNotes
from devstack.simulators.stats import Stats
from devstack.simulators.tokens.maskinporten import Maskinporten


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
