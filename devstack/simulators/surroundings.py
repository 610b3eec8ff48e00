"""What the simulated providers share: the outbox, faults, counts, the clock and delays."""

from dataclasses import dataclass

from devstack.clock import ClockFile
from devstack.simulators.faults.book import FaultBook
from devstack.simulators.faults.notes import FaultNotes
from devstack.simulators.outbox import Outbox
from devstack.simulators.stats import Stats


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One for all providers; `latency` and `report_delay` are seconds of real time, as in Configuration."""

    outbox: Outbox
    faults: FaultBook
    notes: FaultNotes
    stats: Stats
    clock: ClockFile
    report_delay: float
    latency: float
