"""Runs an app on the real Azure Functions host, if this machine has it."""

import http.client
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pytest

from devstack.cloud.host_choice import find_functions_host
from devstack.errors import DevstackError
from devstack.processes.child import Child
from devstack.processes.ports import free_ports
from devstack.real_host import program
from devstack.real_host.storage import StoragePorts, storage_spec
from devstack.tests.support.processes import wait_until

READY_SECONDS = 120
STOP_SECONDS = 5


class RealHost:
    """The host of one app; `ready_path` is a path that one of its functions answers with 200."""

    def __init__(self, directory: Path, *, app: Path, ready_path: str, settings: Mapping[str, str]) -> None:
        try:
            find_functions_host()
        except DevstackError as error:
            pytest.skip(str(error))
        self.port, blobs, queues, tables = free_ports(4)
        storage = StoragePorts(blobs, queues, tables)
        real = program.RealHost(
            app=app, port=self.port, storage=storage, workers=1, home=directory, logs=directory
        )
        host, _ = real.children(settings)
        self._ready_path = ready_path
        self._children = [
            Child(spec, directory / f"{spec.name}.log") for spec in (storage_spec(storage), host)
        ]

    def __enter__(self) -> Self:
        try:
            for child in self._children:
                child.start()
            wait_until(self._is_ready, READY_SECONDS, self.log.read_text)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            child.send(signal.SIGKILL)
            child.wait_ended(STOP_SECONDS)

    @property
    def log(self) -> Path:
        return self._children[-1].log

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", self._ready_path)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
