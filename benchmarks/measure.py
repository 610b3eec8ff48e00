"""Runs the phases of a benchmark one after the other, in interleaved rounds, on a stand of their own."""

from dataclasses import dataclass, field

from benchmarks import phases
from benchmarks.bulk import Bulk, Lookups, prepare, send_bulk, send_with_lookups
from benchmarks.cold_start import ColdStart, measure_import
from benchmarks.floor import Floor, FloorRates
from benchmarks.phases import Drain, EndToEnd, Idle, Intake
from benchmarks.stand import Stand, open_stand, without_queues
from benchmarks.table_growth import CallCosts, measure_growth
from benchmarks.webhooks import Told, tell
from devstack.cloud.host_choice import HostKind
from devstack.progress import Progress

CHANNELS = ("email", "sms")
CLIENTS = (8, 32)
IDLE_ORDERS = 30
_WARM_UP = 400
_PRODUCT_SECONDS, _FLOOR_SECONDS = 110.0, 40.0  # no round begins later than this after the first


@dataclass(slots=True)
class Measured:
    """Everything that was measured, in rounds."""

    idle: dict[str, list[Idle]] = field(default_factory=dict)
    intake: dict[int, list[Intake]] = field(default_factory=dict)
    drain: dict[str, list[Drain]] = field(default_factory=dict)
    end_to_end: dict[str, list[EndToEnd]] = field(default_factory=dict)
    bulk: dict[int, Bulk] = field(default_factory=dict)
    lookups: list[Lookups] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)
    floor: dict[str, list[FloorRates]] = field(default_factory=dict)
    floor_intake: dict[int, list[float]] = field(default_factory=dict)
    cold_start: list[ColdStart] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    table_growth: dict[str, CallCosts] = field(default_factory=dict)


def planned_steps(rounds: int, host: HostKind, flex: bool | None) -> int:
    """Return how many steps a run announces; `flex` as on the command line, None for both layouts."""
    if host is HostKind.REAL:
        return 4 + 3 * rounds
    return (0 if flex else 6 + 4 * rounds) + (0 if flex is False else 4 + 3 * rounds)


def measure(rounds: int, orders: int, workers: int, say: Progress) -> Measured:
    """Run all phases on our own host; on a slow machine in fewer rounds, but at least in one."""
    found = Measured()
    say("starting the local cloud")
    with open_stand(workers, HostKind.OWN) as stand:
        _measure_product(found, stand, rounds, orders, say)
        stand.cloud.reset_clock()
        stand.cloud.clear_faults()
        floor = Floor(stand)
        for number in say.rounds(rounds, _FLOOR_SECONDS):
            say(f"round {number} of {rounds}: the floor")
            for channel, clients in zip(CHANNELS, CLIENTS, strict=True):
                rates = floor.measure(channel, orders * 2 // 3, clients)
                found.floor.setdefault(channel, []).append(rates)
                found.floor_intake.setdefault(clients, []).append(rates.intake)
    say("cold start")
    found.cold_start.append(measure_import())
    say("table calls of the emulator as it fills")
    found.table_growth = measure_growth()
    return found


def measure_flex(rounds: int, orders: int, workers: int, say: Progress) -> Measured:
    """Run the phases of the product in the layout of Flex Consumption."""
    found = Measured()
    say("starting the local cloud in the layout of Flex Consumption")
    with open_stand(workers, HostKind.OWN, flex=True) as stand:
        _measure_product(found, stand, rounds, orders, say)
    return found


def measure_real_host(rounds: int, orders: int, workers: int, say: Progress, *, flex: bool) -> Measured:
    """Run the phases that the real host can be put through; a host serves HTTP and queues in one process.

    Intake is measured on a second stand, whose host has no queue functions, and draining is left out.
    """
    found = Measured()
    say("starting the local cloud on the real host")
    with open_stand(workers, HostKind.REAL, flex=flex) as stand:
        say(f"warming up with {_WARM_UP} orders")
        phases.warm_up(stand, _WARM_UP)
        for number in say.rounds(rounds, _PRODUCT_SECONDS):
            say(f"round {number} of {rounds}: one order at a time")
            _one_at_a_time(found, stand)
            say(f"round {number} of {rounds}: end to end")
            _end_to_end(found, stand, orders)
        say("many recipients")
        _many_recipients(found, stand)
        found.memory = stand.memory()
    say("starting the local cloud again, without queue functions")
    with open_stand(workers, HostKind.REAL, without_queues()) as stand:
        stand.place("email", _WARM_UP, 8).result()
        for number in say.rounds(rounds, _FLOOR_SECONDS):
            say(f"round {number} of {rounds}: intake")
            for channel, clients in zip(CHANNELS, CLIENTS, strict=True):
                phase = phases.intake(stand, channel, orders, clients)
                found.intake.setdefault(clients, []).append(phase)
    return found


def _measure_product(found: Measured, stand: Stand, rounds: int, orders: int, say: Progress) -> None:
    say(f"warming up with {_WARM_UP} orders")
    phases.warm_up(stand, _WARM_UP)
    for number in say.rounds(rounds, _PRODUCT_SECONDS):
        say(f"round {number} of {rounds}: one order at a time")
        _one_at_a_time(found, stand)
        say(f"round {number} of {rounds}: intake, then drain")
        for channel, clients in zip(CHANNELS, CLIENTS, strict=True):
            intake, drain = phases.intake_and_drain(stand, channel, orders, clients)
            found.intake.setdefault(clients, []).append(intake)
            found.drain.setdefault(channel, []).append(drain)
        say(f"round {number} of {rounds}: end to end")
        _end_to_end(found, stand, orders)
    say("many recipients")
    _many_recipients(found, stand)
    found.lookups.append(send_with_lookups(stand))
    say("with a webhook")
    found.told.append(tell(stand, orders))
    found.memory = stand.memory()


def _one_at_a_time(found: Measured, stand: Stand) -> None:
    for channel in CHANNELS:
        found.idle.setdefault(channel, []).append(phases.idle(stand, channel, IDLE_ORDERS))


def _end_to_end(found: Measured, stand: Stand, orders: int) -> None:
    for channel in CHANNELS:
        found.end_to_end.setdefault(channel, []).append(phases.end_to_end(stand, channel, orders, 8))


def _many_recipients(found: Measured, stand: Stand) -> None:
    prepare(stand)
    for recipients, count in ((100, 5), (1_000, 1), (10_000, 1)):
        found.bulk[recipients] = send_bulk(stand, recipients, count)
