"""Describes the processes that run the app on the real host; starts nothing."""

import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.cloud.host_choice import find_functions_host
from devstack.cloud.settings import local_url
from devstack.host.groups import Group
from devstack.processes.child import ChildSpec
from devstack.project import ROOT
from devstack.real_host.storage import StoragePorts

_KEY_FILE = "host.json"  # the host looks for its keys in a file of this name

# Log runs and output of functions, unless the settings say otherwise. Host and worker log twenty lines about
# themselves for each request.
_QUIET = {
    "AzureFunctionsJobHost__logging__logLevel__Function": "Information",
    "Logging__LogLevel__Host": "Warning",
    "Logging__LogLevel__Microsoft": "Warning",
    "Logging__LogLevel__Microsoft.AspNetCore.DataProtection": "Error",
    "Logging__LogLevel__Worker": "Warning",
}


@dataclass(frozen=True, slots=True)
class RealHost:
    """One real host: the app it runs, its API port, its storage, worker processes.

    `home` is a folder for files, `logs` the folder for logs. A host with a `group` triggers only the
    functions of this group, as an instance of Flex Consumption does.
    """

    app: Path
    port: int
    storage: StoragePorts
    workers: int
    home: Path
    logs: Path
    name: str = "host"
    group: Group | None = None

    def children(self, settings: Mapping[str, str]) -> tuple[ChildSpec, ChildSpec]:
        """Describe the host, and the process that runs its timers when the clock is moved.

        The second is ready when the host has loaded the app. DevstackError without `functions-host`.
        """
        program = find_functions_host()
        if self.group is not None:
            settings = {**settings, **self.group.settings}
        keys = self._write_keys()
        environment = {**_QUIET, **settings, **self._host_settings(keys)}
        leash = (sys.executable, "-m", "devstack.processes.leash", str(program), str(self.app))
        options = ("--port", str(self.port), "--python", sys.executable, "--level", "Warning")
        host = ChildSpec(self.name, (*leash, *options), environment, ROOT, self.port)
        log = self.logs / f"{self.name}.log"
        timers = ("devstack.real_host", local_url(self.port), keys / _KEY_FILE, log)
        command = (sys.executable, "-m", *map(str, timers))
        return host, ChildSpec(self.name.replace("host", "timers", 1), command, settings, ROOT)

    @property
    def _folder(self) -> Path:
        """The host's own folder in `home`, which is made at first use."""
        folder = self.home / self.name
        folder.mkdir(exist_ok=True)
        return folder

    def _host_settings(self, keys: Path) -> dict[str, str]:
        temporary = self._folder / "tmp"
        temporary.mkdir(exist_ok=True)
        return {
            "AzureWebJobsStorage": self.storage.connection_string,
            "FUNCTIONS_WORKER_PROCESS_COUNT": str(self.workers),
            "AzureWebJobsSecretStorageType": "files",
            "FUNCTIONS_SECRETS_PATH": str(keys),
            "AzureFunctionsJobHost__fileWatchingEnabled": "false",  # a new folder would restart it
            "ASPNETCORE_shutdownTimeoutSeconds": "2",  # clients that stay connected may delay its end
            "TMPDIR": str(temporary),
            "DOTNET_EnableDiagnostics": "0",  # the paths of its sockets are too long for some folders
        }

    def _write_keys(self) -> Path:
        """Give the host a known master key, which the endpoint that runs timers requires."""
        folder = self._folder / "keys"
        folder.mkdir(mode=0o700, exist_ok=True)
        key = {"name": "master", "value": secrets.token_urlsafe(32), "encrypted": False}
        document = {"masterKey": key, "functionKeys": [], "systemKeys": []}
        path = folder / _KEY_FILE
        path.touch(mode=0o600)
        path.write_text(json.dumps(document), encoding="utf-8")
        return folder
