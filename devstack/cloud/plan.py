"""Where the parts of one local cloud listen, and how each is run. Nothing is started here."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.azurite.account import table_connection_string
from devstack.azurite.process import azurite_spec
from devstack.cloud.groups import all_in_one, by_group, instances
from devstack.cloud.host_choice import HostKind, find_functions_host
from devstack.cloud.settings import (
    SIMULATORS,
    Addresses,
    Secrets,
    app_settings,
    local_url,
    service_bus_connection_string,
    simulator_configuration,
)
from devstack.host.groups import HTTP_GROUP, Group
from devstack.pages.configuration import Configuration as Pages
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
    """What was asked for; API port 0 means any, with `flex` each group of functions has its own processes."""

    port: int
    workers: int
    data: Path | None
    settings: Mapping[str, str]
    app: Path
    host: HostKind
    flex: bool


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

    def settings(self, credentials: Mapping[str, str]) -> dict[str, str]:
        """Return the settings of the app; `credentials` are those that the simulated issuers make."""
        settings = app_settings(
            self.wishes.app,
            service_bus=self.service_bus,
            tables=self.tables,
            addresses=self.addresses,
            secret=self.secret,
            clock_file=self.clock_file,
        )
        return settings | dict(credentials) | dict(self.wishes.settings)

    def hosts(self, settings: Mapping[str, str], groups: Mapping[str, Group] | None) -> tuple[ChildSpec, ...]:
        """Describe the processes that run the app; `groups` are given when each has its own."""
        if self.host_storage is None:
            return self._own_hosts(settings, groups)
        return tuple(
            child for real in self._real_hosts(self.host_storage, groups) for child in real.children(settings)
        )

    def _own_hosts(
        self, settings: Mapping[str, str], groups: Mapping[str, Group] | None
    ) -> tuple[ChildSpec, ...]:
        parts = all_in_one(self.wishes.workers) if groups is None else by_group(groups, self.wishes.workers)
        command = _python("devstack.host", "--app", self.wishes.app, "--port", self.addresses.api_port)
        return tuple(
            ChildSpec(part.name, (*command, "--serve", part.serves), {**settings, **part.settings}, ROOT)
            for part in parts
        )

    def _real_hosts(self, storage: StoragePorts, groups: Mapping[str, Group] | None) -> tuple[RealHost, ...]:
        def host(name: str, port: int, workers: int, group: Group | None) -> RealHost:
            return RealHost(self.wishes.app, port, storage, workers, self.home, self.logs, name, group)

        api, workers = self.addresses.api_port, self.wishes.workers
        if groups is None:
            return (host("host", api, workers, None),)
        ports = dict(zip(groups, free_ports(len(groups)), strict=True)) | {HTTP_GROUP: api}
        return tuple(
            host(f"host-{name}", ports[name], instances(group, workers), group)
            for name, group in groups.items()
        )

    def pages(self, settings: Mapping[str, str]) -> ChildSpec:
        """Describe the process that serves the web pages; `settings` are those of the app."""
        path = self.home / "pages.json"
        Pages(
            port=self.addresses.pages_port,
            api=self.addresses.api,
            control=self.addresses.simulator("control"),
            queue_info=local_url(self.addresses.service_bus_control_port),
            platform=self.addresses.simulator("platform"),
            tables=self.tables,
            window=(
                int(settings.get("SMS_SEND_WINDOW_START_HOUR", "9")),
                int(settings.get("SMS_SEND_WINDOW_END_HOUR", "17")),
            ),
        ).write(path)
        return ChildSpec("pages", _python("devstack.pages", "--config", path), folder=ROOT)

    def _simulators(self) -> ChildSpec:
        document = simulator_configuration(
            service_bus=self.service_bus,
            addresses=self.addresses,
            secret=self.secret,
            clock_file=self.clock_file,
            key_folder=self.home,
            logs=self.logs,
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
    service_bus, control, tables, pages, blobs, queues, rows, *simulators = free_ports(7 + len(SIMULATORS))
    named = dict(zip(SIMULATORS, simulators, strict=True))
    addresses = Addresses(api, service_bus, control, tables, pages, named)
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
