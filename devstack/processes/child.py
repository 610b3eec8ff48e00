"""One process of the local cloud: started, waited for until it serves, logged, ended."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from devstack.errors import ChildDiedError
from devstack.processes.ports import listens
from devstack.progress import above

_TAIL_LINES = 12
_PORT_CHECK_SECONDS = 0.02
_READER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """How to run a process.

    It is ready when it prints a line `{"ready": {…}}`, or, with a `port`, when the port accepts connections.
    The local cloud fails when an `essential` process ends. `stop_signal` ends it in order.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()
    port: int | None = None
    essential: bool = False
    stop_signal: int = signal.SIGTERM


class Child:
    """A process and its log file; can be started again after it has ended.

    Start it from a thread that lives as long as the process: on Linux a process that shall end with its
    parent ends with the *thread* that started it.
    """

    def __init__(self, spec: ChildSpec, log: Path, *, echo: bool = False) -> None:
        self.spec = spec
        self.log = log
        self._echo = echo
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._announced = threading.Event()
        self._ready: dict[str, Any] = {}
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Exit code once it has ended, the negative number of the signal that ended it."""
        return None if self._process is None else self._process.returncode

    def start(self, on_exit: Callable[["Child", int], None] | None = None) -> None:
        """Start the process; `on_exit` gets its exit code from a thread of its own once it has ended."""
        self._announced, self._ready = threading.Event(), {}
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        try:
            process = subprocess.Popen(
                self.spec.command,
                cwd=self.spec.folder,
                env={**os.environ, **self.spec.environment},
                stdin=subprocess.PIPE,  # closes when this process ends
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=0,  # Ctrl-C reaches the supervisor only, which ends its children in order
            )
        except OSError as error:
            raise ChildDiedError(
                f"{self.spec.name} cannot be started: {self.spec.command[0]}: {error.strerror}"
            ) from None
        self._process, self._ended = process, threading.Event()
        output, errors = process.stdout, process.stderr
        assert output is not None
        assert errors is not None
        readers = [
            threading.Thread(target=self._read_output, args=(output, self._announced), daemon=True),
            threading.Thread(target=self._keep, args=(errors,), daemon=True),
        ]
        for reader in readers:
            reader.start()
        threading.Thread(
            target=_reap, args=(self, process, self._ended, readers, on_exit), daemon=True
        ).start()

    def wait_ready(self, timeout: float) -> dict[str, Any]:
        """Return what the ready line says, {} with a port; ChildDiedError with the last lines of the log."""
        process, ended, deadline = self._process, self._ended, time.monotonic() + timeout
        assert process is not None
        while time.monotonic() < deadline:
            if self.spec.port is not None and listens(self.spec.port):
                return {}
            if self._announced.wait(_PORT_CHECK_SECONDS):
                return self._ready
            if (code := process.returncode) is not None:
                ended.wait()
                raise ChildDiedError(self._problem_text(f"{_ending(code)} before it was ready", ""))
        raise ChildDiedError(self._problem_text(f"was not ready after {timeout:g} s", ""))

    def end_text(self, code: int, advice: str) -> str:
        """Return one line about its end, followed by `advice`, and below it the last lines of its log."""
        if code < 0:  # a signal leaves no reason in the log
            return f"{self.spec.name} {_ending(code)}{advice} (log: {self.log})"
        return self._problem_text(_ending(code), advice)

    def send(self, signal_number: int) -> None:
        """Send a signal if it runs."""
        if (pid := self.pid) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)

    def wait_ended(self, timeout: float) -> None:
        """Wait until it has ended and its output is in the log; kill it after `timeout` seconds."""
        if self._process is not None and not self._ended.wait(timeout):
            self.send(signal.SIGKILL)
            self._ended.wait()

    def stop(self, timeout: float) -> None:
        """End it in order, or by force after `timeout` seconds."""
        self.send(self.spec.stop_signal)
        self.wait_ended(timeout)

    def _read_output(self, stream: IO[bytes], announced: threading.Event) -> None:
        self._keep(self._without_ready(stream, announced))

    def _without_ready(self, lines: Iterable[bytes], announced: threading.Event) -> Iterator[bytes]:
        """Take the ready line out of the output."""
        for line in lines:
            if not announced.is_set() and (ready := _ready_line(line)) is not None:
                self._ready = ready
                announced.set()
            else:
                yield line

    def _keep(self, lines: Iterable[bytes]) -> None:
        with self.log.open("ab", buffering=0) as log:
            for line in lines:
                log.write(line)
                if self._echo:
                    above(f"{self.spec.name:<11}| {line.decode(errors='replace')}")

    def _problem_text(self, event: str, advice: str) -> str:
        """Put the last line of the log first: it is the reason, even after a stack trace."""
        lines = self._last_lines()
        reason = f": {lines[-1].strip()}" if lines else ""
        details = "".join(f"\n    {line}" for line in lines[:-1])
        return f"{self.spec.name} {event}{reason}{advice} (log: {self.log}){details}"

    def _last_lines(self) -> list[str]:
        if not self.log.exists():
            return []
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            text = log.read().decode(errors="replace")
        return [line for line in text.splitlines() if line.strip()][-_TAIL_LINES:]


def _reap(
    child: Child,
    process: subprocess.Popen[bytes],
    ended: threading.Event,
    readers: list[threading.Thread],
    on_exit: Callable[[Child, int], None] | None,
) -> None:
    """Wait for the end of the process; the only place that does, because the system then reuses its id."""
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    _end_group(process.pid)
    code = process.wait()
    for reader in readers:
        reader.join(_READER_SECONDS)  # a process that the child started may still hold the pipe
    ended.set()
    if process.stdin is not None:
        process.stdin.close()
    if on_exit is not None:
        on_exit(child, code)


def _end_group(leader: int) -> None:
    """End what a child has started and left running, such as the worker of a host that was killed.

    Call it before the child is waited for: afterwards another process group may have the same number.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ready_line(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    ready = document.get("ready") if isinstance(document, dict) else None
    return ready if isinstance(ready, dict) else None


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
