"""The children of one local cloud: started together, started again when they die, ended in order."""

import signal
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from devstack.errors import DevstackError
from devstack.processes.child import Child, ChildSpec

_LOOP_DEATHS = 3
_LOOP_SECONDS = 10.0
_STOP_SECONDS = 3.5
_ENDING = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


class Nursery:
    """Processes by name.

    Every start and every decision about a death happens on one thread, which lives as long as this object is
    open: Linux ends the children when the thread that started them ends, and one thread needs no locks.
    `say` gets one line about each death, `on_change` is called when process ids have changed.
    """

    def __init__(
        self, logs: Path, *, echo: bool, say: Callable[[str], None], on_change: Callable[[], None]
    ) -> None:
        self._logs = logs
        self._echo = echo
        self._say = say
        self._on_change = on_change
        self._children: dict[str, Child] = {}
        self._watched: set[str] = set()
        self._deaths: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_LOOP_DEATHS))
        self._keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="nursery")
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
            self._keeper.submit(child.start, self._died).result()
        return {child.spec.name: self._await(child, timeout) for child in children}

    def kill(self, name: str, signal_number: int) -> None:
        """Send a signal. After one that ends processes it is gone for good, until `restart`."""
        child = self._child(name)
        if signal_number not in _ENDING:
            child.send(signal_number)
            return
        self._keeper.submit(self._watched.discard, name).result()
        child.send(signal_number)
        child.wait_ended(_STOP_SECONDS)

    def restart(self, name: str, timeout: float) -> dict[str, Any]:
        """End it if it runs, start it again with the same command, wait until it is ready."""
        child = self._child(name)
        self.kill(name, child.spec.stop_signal)
        self._keeper.submit(child.start, self._died).result()
        ready = self._await(child, timeout)
        self._on_change()
        return ready

    def wait_failed(self, timeout: float) -> bool:
        """Whether the local cloud has failed, waiting up to `timeout` seconds; `failure` says why."""
        return self._failed.wait(timeout)

    def close(self, phases: Sequence[Sequence[str]]) -> None:
        """End all children: the named groups one after the other, then the rest; leaves none."""
        with suppress(RuntimeError):  # closed already
            self._keeper.submit(self._watched.clear).result()
        named = {name for phase in phases for name in phase}
        rest = [name for name in self._children if name not in named]
        for phase in (*phases, rest):
            group = [self._children[name] for name in phase if name in self._children]
            for child in group:
                child.send(child.spec.stop_signal)
            deadline = time.monotonic() + _STOP_SECONDS
            for child in group:
                child.wait_ended(max(0.0, deadline - time.monotonic()))
        self._keeper.shutdown(wait=False)  # not before: the end of its thread is a signal to every child

    def _child(self, name: str) -> Child:
        try:
            return self._children[name]
        except KeyError:
            raise DevstackError(f"there is no child {name}; there are {', '.join(self._children)}") from None

    def _await(self, child: Child, timeout: float) -> dict[str, Any]:
        ready = child.wait_ready(timeout)
        self._keeper.submit(self._watch, child).result()
        return ready

    def _watch(self, child: Child) -> None:
        self._watched.add(child.spec.name)
        if child.pid is None:  # it died between its ready line and this moment
            self._revive(child, child.exit_code or 0)

    def _died(self, child: Child, code: int) -> None:
        with suppress(RuntimeError):  # closed in the meantime
            self._keeper.submit(self._revive, child, code)

    def _revive(self, child: Child, code: int) -> None:
        name = child.spec.name
        if name not in self._watched or child.pid is not None or self.failure is not None:
            return
        deaths = self._deaths[name]
        deaths.append(time.monotonic())
        if child.spec.essential:
            self._fail(child.obituary(code, "; what it kept is lost, so start the local cloud again"))
        elif len(deaths) == _LOOP_DEATHS and deaths[-1] - deaths[0] < _LOOP_SECONDS:
            often = f"; it died {_LOOP_DEATHS} times in {_LOOP_SECONDS:g} s: correct it and start again"
            self._fail(child.obituary(code, often))
        else:
            self._say(child.obituary(code, "; starting it again").splitlines()[0])
            try:
                child.start(self._died)
            except DevstackError as error:
                self._fail(str(error))
            self._on_change()

    def _fail(self, reason: str) -> None:
        self.failure = reason
        self._failed.set()
