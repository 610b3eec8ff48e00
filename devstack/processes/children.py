"""The children of one local cloud: started together, started again when they die, ended in order."""

import signal
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from devstack.errors import DevstackError
from devstack.processes.child import Child, ChildSpec
from devstack.progress import Progress

_LOOP_ENDS = 3
_LOOP_SECONDS = 10.0
_STOP_SECONDS = 3.5
_ENDING = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


class Children:
    """Processes by name.

    Every start and restart happens on one thread that lives until `close`. Linux ends the children when the
    thread that started them ends, and with one thread no locks are needed.
    `say` gets one line about each unplanned end. `on_change` is called when process ids have changed.
    `progress` is told what `start` waits for.
    """

    def __init__(
        self,
        logs: Path,
        *,
        echo: bool,
        say: Callable[[str], None],
        on_change: Callable[[], None],
        progress: Progress | None = None,
    ) -> None:
        self._logs = logs
        self._echo = echo
        self._say = say
        self._on_change = on_change
        self._progress = progress
        self._children: dict[str, Child] = {}
        self._watched: set[str] = set()
        self._ends: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_LOOP_ENDS))
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="children")
        self._failed = threading.Event()
        self.failure: str | None = None

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the running children by name."""
        return {name: pid for name, child in self._children.items() if (pid := child.pid) is not None}

    @property
    def stopped(self) -> list[str]:
        """Names of the children that do not run."""
        return [name for name, child in self._children.items() if child.pid is None]

    def start(self, specs: Iterable[ChildSpec], timeout: float) -> dict[str, dict[str, Any]]:
        """Start processes side by side; returns what each announced once all are ready."""
        children = [Child(spec, self._logs / f"{spec.name}.log", echo=self._echo) for spec in specs]
        for child in children:
            self._children[child.spec.name] = child
            self._thread.submit(child.start, self._on_end).result()
        ready = {}
        for number, child in enumerate(children):
            if self._progress is not None:
                self._progress.bar(number, len(children))
                self._progress(f"waiting for {child.spec.name}")
            ready[child.spec.name] = self._await(child, timeout)
        return ready

    def kill(self, name: str, signal_number: int) -> None:
        """Send a signal. A child that the signal ends stays away until `restart`."""
        child = self._child(name)
        if signal_number not in _ENDING:
            child.send(signal_number)
            return
        self._thread.submit(self._watched.discard, name).result()
        child.send(signal_number)
        child.wait_ended(_STOP_SECONDS)

    def restart(self, name: str, timeout: float, settings: Mapping[str, str] | None = None) -> dict[str, Any]:
        """End a child if it runs, start it with the same command, and wait until it is ready.

        `settings` are added to its environment.
        """
        child = self._child(name)
        self.kill(name, child.spec.stop_signal)
        child.spec = replace(child.spec, environment={**child.spec.environment, **(settings or {})})
        self._thread.submit(child.start, self._on_end).result()
        ready = self._await(child, timeout)
        self._on_change()
        return ready

    def wait_failed(self, timeout: float) -> bool:
        """Whether the local cloud has failed, waiting up to `timeout` seconds; `failure` says why."""
        return self._failed.wait(timeout)

    def close(self, phases: Sequence[Sequence[str]]) -> None:
        """End all children: first the named groups, one after the other, then the rest."""
        with suppress(RuntimeError):  # closed already
            self._thread.submit(self._watched.clear).result()
        named = {name for phase in phases for name in phase}
        rest = [name for name in self._children if name not in named]
        for phase in (*phases, rest):
            group = [self._children[name] for name in phase if name in self._children]
            for child in group:
                child.send(child.spec.stop_signal)
            deadline = time.monotonic() + _STOP_SECONDS
            for child in group:
                child.wait_ended(max(0.0, deadline - time.monotonic()))
        self._thread.shutdown(wait=False)  # last, because the end of its thread ends every child

    def _child(self, name: str) -> Child:
        try:
            return self._children[name]
        except KeyError:
            raise DevstackError(f"there is no child {name}; there are {', '.join(self._children)}") from None

    def _await(self, child: Child, timeout: float) -> dict[str, Any]:
        ready = child.wait_ready(timeout)
        self._thread.submit(self._watch, child).result()
        return ready

    def _watch(self, child: Child) -> None:
        self._watched.add(child.spec.name)
        if child.pid is None:  # it ended between its ready line and this moment
            self._restart_or_fail(child, child.exit_code or 0)

    def _on_end(self, child: Child, code: int) -> None:
        with suppress(RuntimeError):  # closed in the meantime
            self._thread.submit(self._restart_or_fail, child, code)

    def _restart_or_fail(self, child: Child, code: int) -> None:
        name = child.spec.name
        if name not in self._watched or child.pid is not None or self.failure is not None:
            return
        ends = self._ends[name]
        ends.append(time.monotonic())
        if child.spec.essential:
            self._fail(child.end_text(code, "; its data is lost, so start the local cloud again"))
        elif len(ends) == _LOOP_ENDS and ends[-1] - ends[0] < _LOOP_SECONDS:
            often = f"; it ended {_LOOP_ENDS} times in {_LOOP_SECONDS:g} s: correct it and start again"
            self._fail(child.end_text(code, often))
        else:
            self._say(child.end_text(code, "; starting it again").splitlines()[0])
            try:
                child.start(self._on_end)
            except DevstackError as error:
                self._fail(str(error))
            self._on_change()

    def _fail(self, reason: str) -> None:
        self.failure = reason
        self._failed.set()
