"""`python -m benchmarks.outage`: measures what is left of an outage once it has passed.

Orders are placed while the workers stand still, then business time is lost, then the workers go on. A backlog
must take as long to work off as the same number of orders without an outage, and must not have grown: each
queue carries a message per order. Hours more are let pass at the end, so that late repeats are counted, too.
"""

import argparse
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import requests

from benchmarks import phases
from benchmarks.plots import Lines, write
from benchmarks.processes import Neighbours
from benchmarks.report import Figure, as_json, save, table
from benchmarks.stand import Snapshot, Stand, open_stand
from devstack.cloud.host_choice import HostKind
from devstack.progress import Progress
from shared.records.queues import QUEUES

_WARM_UP = 400
_CLIENTS = 8
_FEED = "/notifications/api/v1/future/shipment/feed"
_UNITS = {"m": 60.0, "h": 3600.0}
_LONGER, _MORE_MESSAGES = 1.3, 1.1
_CLOSED_SECONDS = 300.0
_POLL_SECONDS = 0.05
_PARTS = 20  # of a backlog, after each of which the progress is told
_AFTERWARDS = (600.0, 7200.0)  # seconds that the clock is moved by, one after the other
_VISIT_SECONDS = 11.0  # the timer comes every ten


@dataclass(frozen=True, slots=True)
class Drain:
    """One backlog: the business seconds lost, the real ones until all was closed, what every order cost.

    `cpu` is that of all processes in milliseconds, from the placement on.
    """

    lost: float
    seconds: float
    cpu: float
    items: dict[str, float]
    table_calls: float
    late_items: dict[str, float]


def drain(stand: Stand, channel: str, orders: int, lost: float, say: Progress) -> Drain:
    """Let a backlog come about and be worked off."""
    say.bar(0, orders)
    first, before = _last_number(stand), stand.snapshot()
    with stand.paused_workers():
        placed = stand.place(channel, orders, _CLIENTS).result()
        if set(placed.statuses) != {"201"}:
            raise RuntimeError(f"orders were refused: {placed.statuses}")
        stand.cloud.advance_clock(lost)
    resumed_at = time.monotonic()
    for part in range(1, _PARTS + 1):  # the feed is asked no more often than for the last entry alone
        _wait_for_entry(stand, first + orders * part // _PARTS)
        say.bar(orders * part // _PARTS, orders)
    seconds = time.monotonic() - resumed_at
    stand.wait_still()
    closed = stand.snapshot()
    for span in _AFTERWARDS:
        stand.cloud.advance_clock(span)
        time.sleep(_VISIT_SECONDS)
        stand.wait_quiet()
    spent = closed.since(before)
    return Drain(
        lost,
        seconds,
        sum(spent.cpu.values()) * 1000 / orders,
        _per_order(spent.items, orders),
        spent.calls.total() / orders,
        _per_order(_late(stand.snapshot(), closed), orders),
    )


def _late(after: Snapshot, before: Snapshot) -> Counter[str]:
    return after.since(before).items


def _per_order(items: Counter[str], orders: int) -> dict[str, float]:
    return {name: items[name] / orders for name in QUEUES}


def _entries(stand: Stand, after: int) -> list[dict[str, int]]:
    headers = {"Authorization": f"Bearer {stand.token}"}
    answer = requests.get(f"{stand.cloud.api}{_FEED}", {"seq": after}, headers=headers, timeout=30)
    answer.raise_for_status()
    return list(answer.json())


def _last_number(stand: Stand) -> int:
    """Return the number of the newest entry of the feed."""
    last = 0
    while entries := _entries(stand, last):
        last = int(entries[-1]["sequenceNumber"])
    return last


def _wait_for_entry(stand: Stand, number: int) -> None:
    """Wait until the feed has an entry of this number: numbers have no gaps."""
    deadline = time.monotonic() + _CLOSED_SECONDS
    while not _entries(stand, number - 1):
        if time.monotonic() > deadline:
            raise TimeoutError(f"entry {number} did not come in time: {stand.cloud.queues()}")
        time.sleep(_POLL_SECONDS)


def figures(channel: str, drains: list[Drain]) -> list[Figure]:
    """Return every figure beside its budget."""
    usual = statistics.mean(each.seconds for each in drains if not each.lost)
    usual_cpu = statistics.mean(each.cpu for each in drains if not each.lost)
    rows = []
    for number, each in enumerate(drains, 1):
        group = f"{number}. {channel}, {_named(each.lost)} lost"
        budget = _LONGER if each.lost else None
        rows += [
            Figure(group, "until all were closed", each.seconds, "s"),
            Figure(group, "against nothing lost", each.seconds / usual, "", at_most=budget),
            Figure(group, "CPU of all processes per order", each.cpu, "ms"),
            Figure(group, "CPU against nothing lost", each.cpu / usual_cpu, "", at_most=budget),
            Figure(group, "table calls per order", each.table_calls, ""),
        ]
        for name in QUEUES:
            count = each.items[name] + each.late_items[name]
            rows.append(Figure(group, f"{name}: work items per order", count, "", at_most=_MORE_MESSAGES))
    return rows


def lines(drains: Mapping[str, Sequence[Drain]]) -> Lines:
    """Return how long the backlogs took, in the order in which they came about."""
    longest = max(drains.values(), key=len)
    at = [f"{_named(each.lost)} lost" for each in longest]
    series = {channel: [each.seconds for each in found] for channel, found in drains.items()}
    return Lines("Seconds until all orders of a backlog were closed", "s", at, series)


def _named(lost: float) -> str:
    if not lost:
        return "nothing"
    return f"{lost / 3600:g} h" if lost >= 3600 else f"{lost / 60:g} min"


def _span(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([mh])", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is no time, such as 30m or 6h")
    return float(found[1]) * _UNITS[found[2]]


def _spans(text: str) -> list[float]:
    return [_span(part) for part in text.split(",")]


def _all_drains(chosen: argparse.Namespace, say: Progress) -> dict[str, list[Drain]]:
    """Return the drains by channel; the first and the last of each had no outage."""
    drains: dict[str, list[Drain]] = {}
    for channel in chosen.channel or ("email", "sms"):
        say("starting the local cloud")
        with open_stand(chosen.workers, HostKind.OWN, flex=chosen.flex) as stand:
            phases.warm_up(stand, _WARM_UP)
            for lost in (0.0, *chosen.lost, 0.0):
                say(f"{chosen.orders} {channel} orders, {_named(lost)} lost")
                drains.setdefault(channel, []).append(drain(stand, channel, chosen.orders, lost, say))
                say(f"closed in {drains[channel][-1].seconds:.1f} s")
    return drains


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.outage", description=__doc__)
    parser.add_argument("--orders", type=int, default=4000, help="orders of each backlog")
    parser.add_argument(
        "--lost", type=_spans, default="30m,6h", help="business time that is lost, such as 30m,6h"
    )
    parser.add_argument("--channel", choices=("email", "sms"), action="append", help="both unless given")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument("--flex", action="store_true", help="in the layout of Flex Consumption")
    chosen = parser.parse_args()
    neighbours, rows = Neighbours(), []
    with Progress() as say:
        drains = _all_drains(chosen, say)
    for channel, found in drains.items():
        rows += figures(channel, found)
    print(table(rows))
    share = neighbours.share()
    about = f"other programs took {share:.0%} of the machine meanwhile"
    print(about)
    document = {
        "orders": chosen.orders,
        "workers": chosen.workers,
        "flex": chosen.flex,
        "neighbours": round(share, 3),
        "drains": {channel: [asdict(each) for each in found] for channel, found in drains.items()},
        "figures": as_json(rows),
    }
    path = save("outage", document)
    print(f"written to {path}\nplots in {write(path, 'Outage', about, rows, [lines(drains)])}")
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
