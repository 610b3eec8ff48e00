"""Runs the host as the supervisor does: a child process that announces itself on stdout."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
SAMPLE_APP = Path(__file__).parent / "sample_app"
READY_SECONDS = 15
UNREACHABLE_BUS = (
    "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true;"
)


class HostProcess:
    """A host of the sample app, or of `app`, and the file in which the functions write what they get."""

    def __init__(self, directory, *, roles, app=SAMPLE_APP, settings=None, port=0):
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
                ],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def ready(self):
        """Wait for the announcement and return its content."""
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if readable else b""
        assert line, f"the host did not get ready:\n{self.log()}"
        return json.loads(line)["ready"]

    def terminate(self, within=3.0):
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def log(self):
        return self.log_file.read_text(encoding="utf-8")

    def events(self, kind):
        return recorded(self.events_file, kind)

    def wait_for_events(self, kind, count=1, within=8.0):
        """Wait until functions recorded `count` events of a kind and return all of that kind."""
        return wait_until(lambda: len(found := self.events(kind)) >= count and found, within, self.log)


def recorded(events_file, kind):
    """Return the events of one kind that functions wrote so far, oldest first."""
    if not events_file.exists():
        return []
    lines = events_file.read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] == kind]


def wait_until(condition, within, explain=lambda: ""):
    """Poll until `condition` returns something true and return that."""
    deadline = time.monotonic() + within
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {within} s: {explain()}"
        time.sleep(0.02)
    return result
