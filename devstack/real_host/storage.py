"""The storage account of the real host: Azurite with all its services, apart from the app's tables.

The host keeps the leases of its timers there. Nothing in it is worth keeping, so it lives in memory.
"""

import signal
import sys
from dataclasses import dataclass

from devstack.azurite.account import ACCOUNT, table_connection_string
from devstack.azurite.installation import PROGRAMS, install_azurite
from devstack.cloud.settings import local_url
from devstack.npm.node import find_node
from devstack.processes.child import ChildSpec
from devstack.project import ROOT

_PROGRAM = PROGRAMS / "azurite.js"
_IN_MEMORY = ("--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent")


@dataclass(frozen=True, slots=True)
class StoragePorts:
    """Where the services of the account listen."""

    blobs: int
    queues: int
    tables: int

    @property
    def connection_string(self) -> str:
        """What the host needs to find the account."""
        blobs, queues = f"{local_url(self.blobs)}/{ACCOUNT}", f"{local_url(self.queues)}/{ACCOUNT}"
        return f"{table_connection_string(self.tables)}BlobEndpoint={blobs};QueueEndpoint={queues};"


def storage_spec(ports: StoragePorts) -> ChildSpec:
    """Describe the process; it is ready when the last of its services listens, the tables."""
    install_azurite()
    options = ("--blobPort", ports.blobs, "--queuePort", ports.queues, "--tablePort", ports.tables)
    node = (find_node(install=False).node, str(_PROGRAM), *map(str, options), *_IN_MEMORY)
    command = (sys.executable, "-m", "devstack.processes.leash", *node)
    return ChildSpec("host-storage", command, folder=ROOT, port=ports.tables, stop_signal=signal.SIGINT)
