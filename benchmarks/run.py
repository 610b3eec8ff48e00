"""`python -m benchmarks.run`: measures the product on a local cloud of its own, beside its budgets.

Every phase is repeated in interleaved rounds and the medians count, because a shared machine is never quiet.
"""

import argparse
import statistics
from dataclasses import dataclass, field
from typing import Any

from benchmarks import phases
from benchmarks.bulk import (
    RECIPIENTS_PER_PAGE,
    REGISTERS,
    Bulk,
    Lookups,
    app_cpu,
    prepare,
    send_bulk,
    send_with_lookups,
)
from benchmarks.cold_start import ColdStart, measure_import
from benchmarks.floor import Floor, FloorRates
from benchmarks.phases import EndToEnd, Idle, IntakeAndDrain
from benchmarks.processes import Neighbours
from benchmarks.report import Figure, Progress, as_json, percentile, save, table
from benchmarks.stand import Snapshot, open_stand
from benchmarks.table_growth import CallCosts, growth_figures, measure_growth

_WARM_UP = 400
_ORDERS = 300
_IDLE_ORDERS = 30
_CHANNELS = ("email", "sms")
_CLIENTS = (8, 32)
_LAST_ROUND_SECONDS, _LAST_FLOOR_SECONDS = 80.0, 150.0  # no round begins later than this

# Per order: calls alone, calls under load, CPU milliseconds of the app.
_BUDGETS = {"sms": (10, 7, 14.0), "email": (8, 5, 11.0)}
# What a well-run service of the usual build (web framework, relational database, task queue) does on 2 cores.
_USUAL_END_TO_END = {"sms": 32.0, "email": 54.0}
_USUAL_DRAIN = {"sms": 57.0, "email": 125.0}
_USUAL_INTAKE = 159.0
_USUAL_INTAKE_P99 = 112.0
_USUAL_IDLE_P50, _USUAL_IDLE_P99 = 31.0, 59.0
_USUAL_MEMORY = 1288.0
_MESSAGES = 3
_INTAKE_CPU = 4.0
_OF_FLOOR = 0.7
_IMPORT_SECONDS, _IMPORT_MEGABYTES = 0.75, 80.0
_BULK_CALLS, _BULK_MESSAGES = 0.15, 0.05


@dataclass(slots=True)
class Measured:
    """Everything that was measured, in rounds."""

    idle: dict[str, list[Idle]] = field(default_factory=dict)
    intake: dict[int, list[IntakeAndDrain]] = field(default_factory=dict)
    drain: dict[str, list[IntakeAndDrain]] = field(default_factory=dict)
    end_to_end: dict[str, list[EndToEnd]] = field(default_factory=dict)
    bulk: dict[int, Bulk] = field(default_factory=dict)
    lookups: list[Lookups] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)
    floor: dict[str, list[FloorRates]] = field(default_factory=dict)
    floor_intake: dict[int, list[float]] = field(default_factory=dict)
    cold_start: list[ColdStart] = field(default_factory=list)
    table_growth: dict[str, CallCosts] = field(default_factory=dict)


def measure(rounds: int, orders: int, workers: int, say: Progress) -> Measured:
    """Run all phases on a stand of their own; on a slow machine in fewer rounds, but at least in one."""
    found = Measured()
    say("starting the local cloud")
    with open_stand(workers) as stand:
        say(f"warming up with {_WARM_UP} orders")
        phases.warm_up(stand, _WARM_UP)
        for number in say.rounds(rounds, _LAST_ROUND_SECONDS):
            say(f"round {number} of {rounds}: one order at a time")
            for channel in _CHANNELS:
                found.idle.setdefault(channel, []).append(phases.idle(stand, channel, _IDLE_ORDERS))
            say(f"round {number} of {rounds}: intake, then drain")
            for channel, clients in zip(_CHANNELS, _CLIENTS, strict=True):
                phase = phases.intake_and_drain(stand, channel, orders, clients)
                found.intake.setdefault(clients, []).append(phase)
                found.drain.setdefault(channel, []).append(phase)
            say(f"round {number} of {rounds}: end to end")
            for channel in _CHANNELS:
                phase_of_channel = phases.end_to_end(stand, channel, orders, 8)
                found.end_to_end.setdefault(channel, []).append(phase_of_channel)
        say("many recipients")
        prepare(stand)
        for recipients, count in ((100, 5), (1_000, 1), (10_000, 1)):
            found.bulk[recipients] = send_bulk(stand, recipients, count)
        found.lookups.append(send_with_lookups(stand))
        found.memory = stand.memory()
        stand.cloud.reset_clock()
        stand.cloud.clear_faults()
        floor = Floor(stand)
        for number in say.rounds(rounds, _LAST_FLOOR_SECONDS):
            say(f"round {number} of {rounds}: the floor")
            for channel, clients in zip(_CHANNELS, _CLIENTS, strict=True):
                rates = floor.measure(channel, orders * 2 // 3, clients)
                found.floor.setdefault(channel, []).append(rates)
                found.floor_intake.setdefault(clients, []).append(rates.intake)
    say("cold start")
    found.cold_start.append(measure_import())
    say("table calls of the emulator as it fills")
    found.table_growth = measure_growth()
    return found


def figures(found: Measured, orders: int) -> list[Figure]:
    """Return every figure beside its budget."""
    return [
        *_intake(found, orders),
        *_delivery(found),
        *_idle(found),
        *_costs(found, orders),
        *_bulk(found),
        *_lookups(found),
        *_against_floor(found),
        *_process(found),
        *growth_figures(found.table_growth),
    ]


def _intake(found: Measured, orders: int) -> list[Figure]:
    group = "Intake (orders accepted while the workers stand still)"
    rows = []
    for clients, rounds in found.intake.items():
        name = f"{clients} clients"
        is_eight = clients == _CLIENTS[0]
        rate = statistics.median(phase.intake for phase in rounds)
        rows.append(Figure(group, f"{name}: rate", rate, "orders/s", at_least=_USUAL_INTAKE))
        for percent in (50, 99):
            latency = statistics.median(percentile(phase.latencies, percent) for phase in rounds)
            budget = _USUAL_INTAKE_P99 if is_eight and percent == 99 else None
            rows.append(Figure(group, f"{name}: p{percent}", latency, "ms", at_most=budget))
    cpu = statistics.median(
        app_cpu(phase.intake_spent) * 1000 / orders for rounds in found.intake.values() for phase in rounds
    )
    rows.append(Figure(group, "CPU of the app per order", cpu, "ms", at_most=_INTAKE_CPU))
    return rows


def _delivery(found: Measured) -> list[Figure]:
    group = "Delivery (placed, sent, report recorded)"
    rows = []
    for channel in _CHANNELS:
        both, drains = found.end_to_end[channel], found.drain[channel]
        rate = statistics.median(phase.rate for phase in both)
        drained = statistics.median(phase.drain for phase in drains)
        placing = statistics.median(phase.placing for phase in both)
        rows += [
            Figure(group, f"{channel}: while placing", rate, "orders/s", at_least=_USUAL_END_TO_END[channel]),
            Figure(group, f"{channel}: draining", drained, "orders/s", at_least=_USUAL_DRAIN[channel]),
            Figure(group, f"{channel}: accepted meanwhile, 8 clients", placing, "orders/s"),
        ]
    return rows


def _idle(found: Measured) -> list[Figure]:
    group = "Latency from placed to delivered, one order at a time (without the provider's 50 ms)"
    rows = []
    for channel, rounds in found.idle.items():
        for percent, budget in ((50, _USUAL_IDLE_P50), (99, _USUAL_IDLE_P99)):
            latency = statistics.median(percentile(phase.latencies, percent) for phase in rounds)
            rows.append(Figure(group, f"{channel}: p{percent}", latency, "ms", at_most=budget))
    return rows


def _costs(found: Measured, orders: int) -> list[Figure]:
    group = "Cost of one order, placed to closed with report and feed entry"
    rows = []
    for channel in _CHANNELS:
        alone, loaded, milliseconds = _BUDGETS[channel]
        both = found.end_to_end[channel]
        per_order = [phase.spent.calls.total() / orders for phase in both]
        cpu = [app_cpu(phase.spent) * 1000 / orders for phase in both]
        messages = [phase.spent.messages.total() / orders for phase in both]
        calls = [phase.spent.calls.total() / _IDLE_ORDERS for phase in found.idle[channel]]
        rows += [
            Figure(group, f"{channel}: table calls, alone", statistics.median(calls), "", at_most=alone),
            Figure(
                group, f"{channel}: table calls, under load", statistics.median(per_order), "", at_most=loaded
            ),
            Figure(group, f"{channel}: queue messages", statistics.median(messages), "", at_most=_MESSAGES),
            Figure(group, f"{channel}: CPU of the app", statistics.median(cpu), "ms", at_most=milliseconds),
        ]
        rows += [
            Figure(group, f"{channel}: CPU of {name}", seconds * 1000 / orders, "ms")
            for name, seconds in both[-1].spent.cpu.items()
        ]
    return rows


def _bulk(found: Measured) -> list[Figure]:
    group = "Cost of one recipient of a large SMS order, until all are sent"
    rows = []
    for recipients, bulk in found.bulk.items():
        counted = recipients == 1_000
        rows += [
            Figure(group, f"{recipients}: time until all are sent", bulk.seconds, "s"),
            Figure(
                group, f"{recipients}: table calls", bulk.calls, "", at_most=_BULK_CALLS if counted else None
            ),
            Figure(
                group,
                f"{recipients}: queue messages",
                bulk.messages,
                "",
                at_most=_BULK_MESSAGES if counted else None,
            ),
            Figure(group, f"{recipients}: CPU of the app", bulk.cpu_milliseconds, "ms"),
        ]
    few, many = found.bulk[100], found.bulk[10_000]
    growth = many.cpu_milliseconds / few.cpu_milliseconds
    rows.append(Figure(group, "CPU at 10000 against 100", growth, "", at_most=1.0))
    return rows


def _lookups(found: Measured) -> list[Figure]:
    lookups = found.lookups[-1]
    bulk = lookups.bulk
    group = f"An SMS order to {bulk.recipients} people whose numbers and names are looked up"
    pages = bulk.recipients / RECIPIENTS_PER_PAGE
    rows = [Figure(group, "time until all are sent", bulk.seconds, "s")]
    for register in REGISTERS:
        placing, sending = lookups.placing[register], lookups.sending[register]
        rows += [
            Figure(group, f"{register}: calls while placing", placing, ""),
            Figure(group, f"{register}: calls while sending", sending, "", at_most=pages),
        ]
    return [
        *rows,
        Figure(group, "table calls per recipient", bulk.calls, "", at_most=_BULK_CALLS),
        Figure(group, "queue messages per recipient", bulk.messages, "", at_most=_BULK_MESSAGES),
        Figure(group, "CPU of the app per recipient", bulk.cpu_milliseconds, "ms"),
    ]


def _against_floor(found: Measured) -> list[Figure]:
    group = "Against the floor (only the unavoidable calls, same local cloud)"
    rows = []
    for clients, rates in found.floor_intake.items():
        floor = statistics.median(rates)
        own = statistics.median(phase.intake for phase in found.intake[clients])
        rows += [
            Figure(group, f"{clients} clients: floor of intake", floor, "orders/s"),
            Figure(group, f"{clients} clients: intake / floor", own / floor, "", at_least=_OF_FLOOR),
        ]
    for channel in _CHANNELS:
        floor = statistics.median(rates.end_to_end for rates in found.floor[channel])
        own = statistics.median(phase.rate for phase in found.end_to_end[channel])
        rows += [
            Figure(group, f"{channel}: floor of delivery", floor, "orders/s"),
            Figure(group, f"{channel}: delivery / floor", own / floor, "", at_least=_OF_FLOOR),
        ]
    return rows


def _process(found: Measured) -> list[Figure]:
    group = "Processes"
    start = found.cold_start[-1]
    total = sum(found.memory.values())
    return [
        Figure(group, "import of the function app", start.seconds, "s", at_most=_IMPORT_SECONDS),
        Figure(group, "until the SDKs are loaded too", start.loaded_seconds, "s"),
        Figure(group, "resident then", start.megabytes, "MB", at_most=_IMPORT_MEGABYTES),
        *(Figure(group, f"peak memory of {name}", size, "MB") for name, size in found.memory.items()),
        Figure(group, "peak memory of all", total, "MB", at_most=_USUAL_MEMORY),
    ]


def _rounds(found: Measured) -> dict[str, Any]:
    """Return what the medians were taken of, without the single latencies."""
    return {
        "intake": {clients: [phase.intake for phase in rounds] for clients, rounds in found.intake.items()},
        "drain": {channel: [phase.drain for phase in rounds] for channel, rounds in found.drain.items()},
        "endToEnd": {
            channel: [phase.rate for phase in rounds] for channel, rounds in found.end_to_end.items()
        },
        "tableCallsAlone": {
            channel: [_calls(phase.spent) for phase in rounds] for channel, rounds in found.idle.items()
        },
        "tableCalls": {
            channel: [_calls(phase.spent) for phase in rounds] for channel, rounds in found.end_to_end.items()
        },
        "floor": {
            channel: [[rates.intake, rates.drain, rates.end_to_end] for rates in rounds]
            for channel, rounds in found.floor.items()
        },
    }


def _calls(spent: Snapshot) -> dict[str, int]:
    return dict(sorted(spent.calls.items()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each phase is repeated")
    parser.add_argument("--orders", type=int, default=_ORDERS, help="orders per phase")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    chosen = parser.parse_args()
    neighbours = Neighbours()
    found = measure(chosen.rounds, chosen.orders, chosen.workers, Progress())
    rows = figures(found, chosen.orders)
    print(table(rows))
    share = neighbours.share()
    print(f"other programs took {share:.0%} of the machine meanwhile")
    document = {
        "workers": chosen.workers,
        "neighbours": round(share, 3),
        "figures": as_json(rows),
        "rounds": _rounds(found),
    }
    print(f"written to {save('bench', document)}")


if __name__ == "__main__":
    main()
