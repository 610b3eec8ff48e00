"""Where the parts of one local cloud listen, and how each is run. Nothing is started here."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.azurite.account import table_connection_string
from devstack.azurite.process import azurite_spec
from devstack.cloud.host_choice import HostKind, find_functions_host
from devstack.cloud.settings import (
    SIMULATORS,
    Addresses,
    Secrets,
    app_settings,
    service_bus_connection_string,
    simulator_configuration,
)
from devstack.processes.child import ChildSpec
from devstack.processes.ports import claim_port, free_ports
from devstack.project import ROOT
from devstack.real_host.program import RealHost
from devstack.real_host.storage import StoragePorts, storage_spec

_INFRA = ROOT / "infra"  # what is declared there is deployed to Azure, too
_QUEUES = _INFRA / "queues.json"
_TABLES = _INFRA / "tables.json"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for: API port (0: any), worker processes, data folder, settings, app folder, host."""

    port: int
    workers: int
    data: Path | None
    settings: Mapping[str, str]
    app: Path
    host: HostKind


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that stays the same while one local cloud lives.

    `home` is its folder for files, `logs` the folder for the logs of its children. Only the real host needs
    `host_storage`, a storage account.
    """

    wishes: Wishes
    home: Path
    logs: Path
    addresses: Addresses
    secret: Secrets
    host_storage: StoragePorts | None

    @property
    def clock_file(self) -> Path:
        """The file that moves the time of all children."""
        return self.home / "clock"

    @property
    def service_bus(self) -> str:
        """Connection string of the Service Bus emulator."""
        return service_bus_connection_string(self.addresses.service_bus_port, self.secret.service_bus_key)

    @property
    def tables(self) -> str:
        """Connection string of the table emulator."""
        return table_connection_string(self.addresses.tables_port)

    def emulators(self) -> tuple[ChildSpec, ...]:
        """Describe what must run before the hosts start."""
        service_bus = service_bus_spec(
            self.addresses.service_bus_port,
            self.addresses.service_bus_control_port,
            self.clock_file,
            self._folder("servicebus"),
        )
        tables = azurite_spec(self.addresses.tables_port, self._folder("tables"))
        storage = () if self.host_storage is None else (storage_spec(self.host_storage),)
        return service_bus, tables, self._simulators(), *storage

    def hosts(self, maskinporten: Mapping[str, str]) -> tuple[ChildSpec, ...]:
        """Describe the processes that run the app; `maskinporten` holds the settings of its client there."""
        settings = app_settings(
            self.wishes.app,
            service_bus=self.service_bus,
            tables=self.tables,
            addresses=self.addresses,
            secret=self.secret,
            clock_file=self.clock_file,
        )
        environment = settings | dict(maskinporten) | dict(self.wishes.settings)
        if self.host_storage is None:
            return self._own_hosts(environment)
        real = RealHost(
            app=self.wishes.app,
            port=self.addresses.api_port,
            storage=self.host_storage,
            workers=self.wishes.workers,
            home=self.home,
            logs=self.logs,
        )
        return real.children(environment)

    def _own_hosts(self, environment: Mapping[str, str]) -> tuple[ChildSpec, ...]:
        roles: dict[str, tuple[str, ...]] = {"http": ("http", "--port", str(self.addresses.api_port))}
        for number in range(1, self.wishes.workers + 1):
            roles["worker" if number == 1 else f"worker-{number}"] = (
                "queues,timers" if number == 1 else "queues",
            )
        command = _python("devstack.host", "--app", self.wishes.app, "--serve")
        return tuple(ChildSpec(name, (*command, *role), environment, ROOT) for name, role in roles.items())

    def _simulators(self) -> ChildSpec:
        document = simulator_configuration(
            service_bus=self.service_bus,
            addresses=self.addresses,
            secret=self.secret,
            clock_file=self.clock_file,
            key_folder=self.home,
        )
        path = self.home / "simulators.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(document, indent=2), encoding="utf-8")
        return ChildSpec("simulators", _python("devstack.simulators", "--config", path), folder=ROOT)

    def _folder(self, name: str) -> Path | None:
        if self.wishes.data is None:
            return None
        folder = self.wishes.data / name
        folder.mkdir(exist_ok=True)
        return folder


def plan_cloud(wishes: Wishes, home: Path, logs: Path) -> Plan:
    """Choose ports and secrets; the data folder must exist.

    DevstackError when the wanted port is taken, kept data is damaged, or the wanted host is not there.
    """
    if is_real := wishes.host is HostKind.REAL:
        find_functions_host()
    secret = Secrets.generate() if wishes.data is None else Secrets.kept_in(wishes.data / "secrets.json")
    api = claim_port(wishes.port)
    service_bus, control, tables, blobs, queues, rows, *simulators = free_ports(6 + len(SIMULATORS))
    addresses = Addresses(api, service_bus, control, tables, dict(zip(SIMULATORS, simulators, strict=True)))
    return Plan(wishes, home, logs, addresses, secret, StoragePorts(blobs, queues, rows) if is_real else None)


def declared_tables() -> tuple[str, ...]:
    """Return the names of the tables that are declared for Azure."""
    return tuple(json.loads(_TABLES.read_text(encoding="utf-8"))["tables"])


def service_bus_spec(port: int, control_port: int, clock_file: Path, data: Path | None) -> ChildSpec:
    """Describe the Service Bus emulator with the queues that are declared for Azure."""
    ports = ("--port", port, "--control-port", control_port)
    files = ("--queues", _QUEUES, "--clock-file", clock_file)
    keep = () if data is None else ("--data", data)
    return ChildSpec("servicebus", _python("devstack.servicebus", *ports, *files, *keep), folder=ROOT)


def _python(module: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *map(str, arguments))
