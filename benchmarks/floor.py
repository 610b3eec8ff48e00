"""Runs the floor: the unavoidable calls against the same local cloud, to compare the product with."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

from benchmarks.floor_process import FloorPlan, Placed
from benchmarks.processes import environment
from benchmarks.stand import Stand
from devstack.project import ROOT

_END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FloorRates:
    """Orders per second: placed alone, worked off afterwards, and both at the same time."""

    intake: float
    drain: float
    end_to_end: float


class Floor:
    """Takes the place of the app's own processes, which are ended."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._settings = environment(stand.cloud.children["http"])
        for name in ("http", *stand.cloud.workers):
            stand.cloud.kill(name)

    def measure(self, channel: str, count: int, clients: int) -> FloorRates:
        """Run all three phases once."""
        stand, closed = self._stand, self._stand.closed()
        with (
            self._process(FloorPlan("place", channel, count, clients)) as placing,
            self._process(FloorPlan("work", channel, count, clients)) as working,
        ):
            placed = placing.go_and_wait()
            resumed_at = time.monotonic()
            working.go()
            drained_at = stand.wait_closed(closed + count)
            stand.wait_quiet()
        with (
            self._process(FloorPlan("place", channel, count, clients)) as placing,
            self._process(FloorPlan("work", channel, count, clients)) as working,
        ):
            working.go()
            both = placing.go_and_wait()
            ended_at = stand.wait_closed(closed + 2 * count)
            stand.wait_quiet()
        return FloorRates(
            intake=count / (placed.ended - placed.started),
            drain=count / (drained_at - resumed_at),
            end_to_end=count / (ended_at - both.started),
        )

    def _process(self, plan: FloorPlan) -> "_FloorProcess":
        return _FloorProcess(plan, self._settings)


class _FloorProcess:
    def __init__(self, plan: FloorPlan, settings: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "benchmarks.floor_process"),
            cwd=ROOT,
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._tell(json.dumps(asdict(plan)))
        if self._hear() != "ready":
            raise RuntimeError("the floor process did not get ready")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._process.communicate(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def go(self) -> None:
        self._tell("go")

    def go_and_wait(self) -> Placed:
        self.go()
        return Placed(**json.loads(self._hear()))

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()
