"""`python -m benchmarks.run`: measures the product on a local cloud of its own, beside its budgets.

Every phase is repeated in interleaved rounds and the medians count, because a shared machine is never quiet.
"""

import argparse
import itertools
import statistics
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.bulk import app_cpu, bulk_figures, lookup_figures
from benchmarks.measure import (
    CHANNELS,
    CLIENTS,
    IDLE_ORDERS,
    Measured,
    measure,
    measure_flex,
    measure_real_host,
    planned_steps,
)
from benchmarks.plots import Lines, write
from benchmarks.processes import Neighbours
from benchmarks.report import Figure, as_json, beside, percentile, save, table
from benchmarks.stand import Snapshot
from benchmarks.table_growth import growth_figures
from benchmarks.webhooks import told_figures
from devstack.cloud.host_choice import HostKind, host_of_environment
from devstack.progress import Progress

_ORDERS = 300
_LAYOUTS = {"all": "few processes", "flex": "Flex"}

# Per order: calls alone, calls under load, CPU milliseconds of the app.
_BUDGETS = {"sms": (8, 5, 14.0), "email": (6, 3.5, 11.0)}
# What a well-run service of the usual build (web framework, relational database, task queue) does on 2 cores.
_USUAL_END_TO_END = {"sms": 32.0, "email": 54.0}
_USUAL_DRAIN = {"sms": 57.0, "email": 125.0}
_USUAL_INTAKE = 159.0
_USUAL_INTAKE_P99 = 112.0
_USUAL_IDLE_P50, _USUAL_IDLE_P99 = 31.0, 59.0
_USUAL_MEMORY = 1288.0
_MESSAGES_ALONE, _MESSAGES_UNDER_LOAD = 3, 1.2
_EVENT_BYTES = 1500  # what a shipment may have of them at most
_INTAKE_CPU = 4.0
_OF_FLOOR = 0.7
_ONE_OF = {"worker": "the largest worker"}
_IMPORT_SECONDS, _IMPORT_MEGABYTES = 0.75, 95.0


def figures(found: Measured, orders: int) -> list[Figure]:
    """Return every figure beside its budget."""
    return [
        *_intake(found, orders),
        *_delivery(found),
        *_idle(found),
        *_costs(found, orders),
        *bulk_figures(found.bulk),
        *lookup_figures(found.lookups),
        *(row for told in found.told for row in told_figures(told)),
        *_against_floor(found),
        *_process(found),
        *(growth_figures(found.table_growth) if found.table_growth else ()),
    ]


def _intake(found: Measured, orders: int) -> list[Figure]:
    group = "Intake (orders accepted while the workers stand still)"
    rows = []
    for clients, rounds in found.intake.items():
        name = f"{clients} clients"
        is_eight = clients == CLIENTS[0]
        rate = statistics.median(phase.rate for phase in rounds)
        rows.append(Figure(group, f"{name}: rate", rate, "orders/s", at_least=_USUAL_INTAKE))
        for percent in (50, 99):
            latency = statistics.median(percentile(phase.latencies, percent) for phase in rounds)
            budget = _USUAL_INTAKE_P99 if is_eight and percent == 99 else None
            rows.append(Figure(group, f"{name}: p{percent}", latency, "ms", at_most=budget))
    cpu = statistics.median(
        app_cpu(phase.spent) * 1000 / orders for rounds in found.intake.values() for phase in rounds
    )
    rows.append(Figure(group, "CPU of the app per order", cpu, "ms", at_most=_INTAKE_CPU))
    last = found.intake[CLIENTS[0]][-1].spent.cpu
    return [*rows, *_cpu_by_process(group, "", last, orders)]


def _cpu_by_process(group: str, prefix: str, cpu: Mapping[str, float], orders: int) -> list[Figure]:
    return [
        Figure(group, f"{prefix}CPU of {name}", sum(seconds) * 1000 / orders, "ms")
        for name, seconds in _by_kind(cpu).items()
    ]


def _by_kind(values: Mapping[str, float]) -> dict[str, list[float]]:
    """Return the values of the processes with those of all workers under one name."""
    kinds: dict[str, list[float]] = {}
    for name, value in values.items():
        kinds.setdefault("worker" if name.startswith("worker") else name, []).append(value)
    return kinds


def _delivery(found: Measured) -> list[Figure]:
    group = "Delivery (placed, sent, report recorded)"
    rows = []
    for channel in CHANNELS:
        both = found.end_to_end[channel]
        rate = statistics.median(phase.rate for phase in both)
        placing = statistics.median(phase.placing for phase in both)
        rows += [
            Figure(group, f"{channel}: while placing", rate, "orders/s", at_least=_USUAL_END_TO_END[channel]),
            Figure(group, f"{channel}: accepted meanwhile, 8 clients", placing, "orders/s"),
        ]
    for channel, drains in found.drain.items():
        drained = statistics.median(phase.rate for phase in drains)
        budget = _USUAL_DRAIN[channel]
        rows.append(Figure(group, f"{channel}: draining", drained, "orders/s", at_least=budget))
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
    for channel in CHANNELS:
        alone, loaded, milliseconds = _BUDGETS[channel]
        both = found.end_to_end[channel]
        per_order = [phase.spent.calls.total() / orders for phase in both]
        cpu = [app_cpu(phase.spent) * 1000 / orders for phase in both]
        messages = [phase.spent.messages.total() / orders for phase in both]
        idle = found.idle[channel]
        calls_alone = [phase.spent.calls.total() / IDLE_ORDERS for phase in idle]
        event_bytes = [phase.event_bytes for phase in idle]
        messages_alone = [phase.spent.messages.total() / IDLE_ORDERS for phase in idle]
        rows += [
            Figure(group, f"{channel}: {name}", statistics.median(values), unit, at_most=budget)
            for name, values, unit, budget in (
                ("table calls, alone", calls_alone, "", alone),
                ("table calls, under load", per_order, "", loaded),
                ("queue messages, alone", messages_alone, "", _MESSAGES_ALONE),
                ("queue messages, under load", messages, "", _MESSAGES_UNDER_LOAD),
                ("bytes of events", event_bytes, "bytes", _EVENT_BYTES),
                ("CPU of the app", cpu, "ms", milliseconds),
            )
        ]
        rows += _cpu_by_process(group, f"{channel}: ", both[-1].spent.cpu, orders)
    return rows


def _against_floor(found: Measured) -> list[Figure]:
    group = "Against the floor (only the unavoidable calls, same local cloud)"
    rows = []
    for clients, rates in found.floor_intake.items():
        floor = statistics.median(rates)
        own = statistics.median(phase.rate for phase in found.intake[clients])
        rows += [
            Figure(group, f"{clients} clients: floor of intake", floor, "orders/s"),
            Figure(group, f"{clients} clients: intake / floor", own / floor, "", at_least=_OF_FLOOR),
        ]
    for channel, floors in found.floor.items():
        floor = statistics.median(rates.end_to_end for rates in floors)
        own = statistics.median(phase.rate for phase in found.end_to_end[channel])
        rows += [
            Figure(group, f"{channel}: floor of delivery", floor, "orders/s"),
            Figure(group, f"{channel}: delivery / floor", own / floor, "", at_least=_OF_FLOOR),
        ]
    return rows


def _process(found: Measured) -> list[Figure]:
    group = "Processes"
    total = sum(found.memory.values())
    starts = [
        (
            Figure(group, "import of the function app", start.seconds, "s", at_most=_IMPORT_SECONDS),
            Figure(group, "until the SDKs are loaded too", start.loaded_seconds, "s"),
            Figure(group, "resident then", start.megabytes, "MB", at_most=_IMPORT_MEGABYTES),
        )
        for start in found.cold_start
    ]
    return [
        *itertools.chain.from_iterable(starts),
        *(
            Figure(group, f"peak memory of {_ONE_OF.get(name, name)}", max(sizes), "MB")
            for name, sizes in _by_kind(found.memory).items()
        ),
        Figure(group, "peak memory of all", total, "MB", at_most=_USUAL_MEMORY),
    ]


def _rounds(found: Measured) -> dict[str, Any]:
    """Return what the medians were taken of, without the single latencies."""
    return {
        "intake": {clients: [phase.rate for phase in rounds] for clients, rounds in found.intake.items()},
        "drain": {channel: [phase.rate for phase in rounds] for channel, rounds in found.drain.items()},
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


def lines(of_layouts: Mapping[str, Mapping[str, Any]]) -> list[Lines]:
    """Return the rates of each layout over its rounds."""
    found = []
    for layout, rounds in of_layouts.items():
        for key, name in (("intake", "Intake"), ("drain", "Draining"), ("endToEnd", "End to end")):
            series = {
                f"{kind} clients" if key == "intake" else kind: rates for kind, rates in rounds[key].items()
            }
            count = max(map(len, series.values()), default=0)
            at = [f"round {number}" for number in range(1, count + 1)]
            if at:
                title = f"{name}, orders a second, {_LAYOUTS[layout]}"
                found.append(Lines(title, "orders/s", at, series))
    return found


def _calls(spent: Snapshot) -> dict[str, int]:
    return dict(sorted(spent.calls.items()))


def _without_budget_of_time(figure: Figure) -> Figure:
    """Keep the budgets of calls and messages, which are those of the product; the others are for our host."""
    return replace(figure, at_most=None, at_least=None) if figure.unit else figure


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each phase is repeated")
    parser.add_argument("--orders", type=int, default=_ORDERS, help="orders per phase")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument(
        "--flex", action=argparse.BooleanOptionalAction, help="only in, or not in, the layout of Flex"
    )
    chosen = parser.parse_args()
    neighbours, host = Neighbours(), host_of_environment()
    with Progress(planned_steps(chosen.rounds, host, chosen.flex)) as say:
        found = _measure_layouts(chosen, host, say)
    rows = _rows({layout: figures(each, chosen.orders) for layout, each in found.items()}, host)
    print(table(rows))
    share = neighbours.share()
    about = f"other programs took {share:.0%} of the machine meanwhile"
    print(about)
    document: dict[str, Any] = {
        "host": host,
        "workers": chosen.workers,
        "layouts": list(found),
        "neighbours": round(share, 3),
        "figures": as_json(rows),
        "rounds": {layout: _rounds(each) for layout, each in found.items()},
    }
    path = save("bench", document)
    plots = write(path, "Bench", about, rows, lines(document["rounds"]))
    print(f"written to {path}\nplots in {plots}")


def _measure_layouts(chosen: argparse.Namespace, host: HostKind, say: Progress) -> dict[str, Measured]:
    """Return what was measured by layout: `all` in few processes, `flex` as in Flex Consumption."""
    wanted = chosen.rounds, chosen.orders, chosen.workers, say
    if host is HostKind.REAL:
        return {"flex" if chosen.flex else "all": measure_real_host(*wanted, flex=bool(chosen.flex))}
    found = {} if chosen.flex else {"all": measure(*wanted)}
    return found if chosen.flex is False else found | {"flex": measure_flex(*wanted)}


def _rows(of_layouts: Mapping[str, list[Figure]], host: HostKind) -> list[Figure]:
    if len(of_layouts) == 2:
        return beside(of_layouts["all"], of_layouts["flex"])
    ((layout, rows),) = of_layouts.items()
    if host is HostKind.OWN and layout == "all":
        return rows
    return [_without_budget_of_time(row) for row in rows]


if __name__ == "__main__":
    main()
