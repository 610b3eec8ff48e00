"""Runs an app on the real Azure Functions host, with storage of its own, where this machine has it."""

import http.client
import os
import shutil
import subprocess
import sys

import pytest

from devstack.azurite import install_azurite, table_connection_string
from devstack.node import find_node
from devstack.ports import free_ports
from devstack.project import ROOT, TABLE_EMULATOR
from tests.integration.host.host_process import wait_until

READY_SECONDS = 120
_AZURITE = TABLE_EMULATOR / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
_IN_MEMORY = ("--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent")


class RealHost:
    """The host of one app; `ready_path` is a path that one of its functions answers with 200."""

    def __init__(self, directory, *, app, ready_path, settings):
        program = shutil.which(os.environ.get("FUNCTIONS_HOST") or "functions-host")
        if program is None:
            pytest.skip("there is no functions-host on PATH or in $FUNCTIONS_HOST")
        install_azurite()
        self.port, blobs, queues, tables = free_ports(4)
        self._ready_path = ready_path
        self._log = directory / "real-host.log"
        ports = ("--blobPort", blobs, "--queuePort", queues, "--tablePort", tables)
        node = find_node(install=False).node
        storage = table_connection_string(tables)
        for service, port in (("Blob", blobs), ("Queue", queues)):
            storage += f"{service}Endpoint=http://127.0.0.1:{port}/devstoreaccount1;"
        environment = os.environ | settings | {"AzureWebJobsStorage": storage, "TMPDIR": str(directory)}
        options = ("--port", self.port, "--python", sys.executable, "--level", "Warning")
        with self._log.open("wb") as log:
            self._processes = [
                subprocess.Popen(
                    [sys.executable, "-m", "devstack.leash", *map(str, command)],
                    cwd=ROOT,
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
                for command in ((node, _AZURITE, *ports, *_IN_MEMORY), (program, app, *options))
            ]

    def __enter__(self):
        try:
            wait_until(self._is_ready, READY_SECONDS, self._log.read_text)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self._processes):
            process.kill()  # asked nicely the host takes half a minute
            process.wait()

    def _is_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", self._ready_path)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
