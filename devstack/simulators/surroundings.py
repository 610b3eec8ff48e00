"""What the simulated providers have in common: where their messages are kept, and how they behave."""

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
