"""How late the machine and the table emulator are by themselves: what this shows is no fault of the service.

`python -m benchmarks.neighbours.probe TABLES` answers each line it reads with two worst delays since the line
before, in seconds: how much longer than it should a process slept that does nothing else, and how long the
table emulator, which has one thread, took to answer a request without work.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from devstack.processes.life import die_with_parent
from devstack.project import ROOT

_SLEEP_SECONDS, _ASK_EVERY = 0.01, 0.05
_PATIENCE_SECONDS = 30.0


class Delays(NamedTuple):
    """The worst delay of an idle process, and of the table emulator, in seconds."""

    idle: float = 0.0
    tables: float = 0.0


class Probe:
    """The process; a context manager. `tables` is the address of the table emulator."""

    def __init__(self, tables: str) -> None:
        self._tables = tables

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "benchmarks.neighbours.probe", self._tables),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def worst(self) -> Delays:
        """Return the worst delays since the last call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Delays(*json.loads(self._process.stdout.readline()))


class _Worst:
    """Measures again and again on a thread; `seconds` is the worst until it is set to zero."""

    def __init__(self, measure: Callable[[], float]) -> None:
        self.seconds = 0.0
        self._measure = measure
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self.seconds = max(self.seconds, self._measure())

    def taken(self) -> float:
        seconds, self.seconds = self.seconds, 0.0
        return seconds


def _late() -> float:
    before = time.monotonic()
    time.sleep(_SLEEP_SECONDS)
    return time.monotonic() - before - _SLEEP_SECONDS


def _asking(tables: str) -> Callable[[], float]:
    connection = http.client.HTTPConnection(urlsplit(tables).netloc, timeout=_PATIENCE_SECONDS)

    def ask() -> float:
        time.sleep(_ASK_EVERY)
        before = time.monotonic()
        try:
            connection.request("GET", "/")  # is refused
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            connection.close()
        return time.monotonic() - before

    return ask


def main() -> None:
    die_with_parent()
    probes = _Worst(_late), _Worst(_asking(sys.argv[1]))
    for _ in sys.stdin:
        print(json.dumps([probe.taken() for probe in probes]), flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
