"""Runs the host as a child process with a ready line."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from devstack.project import ROOT
from devstack.tests.support.processes import wait_until

APPS = Path(__file__).parent / "apps"
SAMPLE_APP = APPS / "sample"
READY_SECONDS = 15
UNREACHABLE_BUS = (
    "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true;"
)


class HostProcess:
    """A host of the sample app, or of `app`, and the file in which the functions write what they get."""

    def __init__(
        self,
        directory: Path,
        *,
        roles: str,
        app: Path = SAMPLE_APP,
        settings: Mapping[str, str] | None = None,
        port: int = 0,
        arguments: Sequence[str] = (),
    ) -> None:
        self.events_file = directory / "events.jsonl"
        self.log_file = directory / f"host-{time.monotonic_ns()}.log"
        environment = {
            "PATH": os.environ["PATH"],
            "EVENTS_FILE": str(self.events_file),
            "SampleBus": UNREACHABLE_BUS,
            "SINGLE_QUEUE": "singles",
            "TIMER_SCHEDULE": "0 0 3 * * *",
            **(settings or {}),
        }
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "devstack.host",
                    "--app",
                    str(app),
                    "--serve",
                    roles,
                    "--port",
                    str(port),
                    *arguments,
                ],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        self._output = self.process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._output.close()

    def ready(self) -> dict[str, Any]:
        """Wait for the announcement and return its content."""
        readable, _, _ = select.select([self._output], [], [], READY_SECONDS)
        line = self._output.readline() if readable else b""
        assert line, f"the host did not get ready:\n{self.log()}"
        return dict(json.loads(line)["ready"])

    def terminate(self, within: float = 3.0) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def events(self, kind: str) -> list[dict[str, Any]]:
        return recorded(self.events_file, kind)

    def wait_for_events(self, kind: str, count: int = 1, within: float = 8.0) -> list[dict[str, Any]]:
        """Wait until functions recorded `count` events of a kind and return all of that kind."""
        wait_until(lambda: len(self.events(kind)) >= count, within, self.log)
        return self.events(kind)


def recorded(events_file: Path, kind: str) -> list[dict[str, Any]]:
    """Return the events of one kind that functions wrote so far, oldest first."""
    if not events_file.exists():
        return []
    lines = events_file.read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] == kind]
