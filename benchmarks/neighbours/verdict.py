"""What was promised about neighbours, and whether one attack left it so."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.neighbours.honest import Timings
from benchmarks.neighbours.probe import Delays

MOST_READ_SECONDS = 0.5  # more than before
MOST_DELIVERY_SECONDS = 2.0  # more than before
MOST_MEGABYTES = 300.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the worst of some times, in seconds."""

    median: float
    worst: float

    @classmethod
    def of(cls, times: Sequence[float]) -> "Spread":
        """Return that of times; of none it is zero."""
        return cls(statistics.median(times), max(times)) if times else cls(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Told:
    """What an attacker tells: its answers by status, notes, and promises that it saw broken itself."""

    answers: dict[str, int]
    notes: list[str]
    broken: list[str]


@dataclass(frozen=True, slots=True)
class Round:
    """One attack, as the honest owner saw it, and what else was measured of it.

    `delays` are those of machine and table emulator before and during the attack: told, and never subtracted.
    `memory` is the peak of HTTP process and worker in MB.
    """

    attack: str
    before: Timings
    during: Timings
    delays: tuple[Delays, Delays]
    memory: dict[str, float]
    seconds: float
    told: Told

    @property
    def reads(self) -> tuple[Spread, Spread]:
        """Reads before and during the attack."""
        return Spread.of(self.before.reads), Spread.of(self.during.reads)

    def deliveries(self, kinds: Iterable[str]) -> tuple[Spread, Spread]:
        """Deliveries of some kinds of orders before and during the attack."""
        spread = [
            Spread.of([one for kind in kinds for one in timings.deliveries.get(kind, ())])
            for timings in (self.before, self.during)
        ]
        return spread[0], spread[1]

    def failures(self) -> list[str]:
        """Return the promises that were broken, as lines of text."""
        found = list(self.told.broken)
        before, during = self.reads
        if (more := during.worst - before.median) > MOST_READ_SECONDS:
            found.append(f"a read took {more:.2f} s longer than before")
        for kind in self.during.deliveries:
            before, during = self.deliveries([kind])
            if (more := during.worst - before.median) > MOST_DELIVERY_SECONDS:
                found.append(f"delivery ({kind}) took {more:.2f} s longer than before")
        found += [
            f"{name} took {megabytes:.0f} MB"
            for name, megabytes in self.memory.items()
            if megabytes > MOST_MEGABYTES
        ]
        for what, times in (self.before.problems + self.during.problems).items():
            found.append(f"the honest owner: {what}, {times} times")
        if (
            not all(self.during.deliveries.get(kind) for kind in self.before.deliveries)
            or not self.before.reads
        ):
            found.append("not every kind of order was delivered, or nothing was read")
        return found
