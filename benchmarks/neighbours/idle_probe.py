"""How late the machine is by itself: a process that only sleeps, and says how much longer that took.

`python -m benchmarks.neighbours.idle_probe` answers each line it reads with the worst delay since the one
before, in seconds. What this shows is no fault of the service: the cores were taken by somebody.
"""

import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self

from devstack.processes.life import die_with_parent
from devstack.project import ROOT

_SLEEP_SECONDS = 0.01


class IdleProbe:
    """The process; a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "benchmarks.neighbours.idle_probe"),
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

    def worst(self) -> float:
        """Return the worst delay since the last call, in seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def main() -> None:
    die_with_parent()
    worst = 0.0

    def sleep() -> None:
        nonlocal worst
        while True:
            before = time.monotonic()
            time.sleep(_SLEEP_SECONDS)
            worst = max(worst, time.monotonic() - before - _SLEEP_SECONDS)

    threading.Thread(target=sleep, daemon=True).start()
    for _ in sys.stdin:
        print(worst, flush=True)
        worst = 0.0


if __name__ == "__main__":
    main()
