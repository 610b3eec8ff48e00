"""`python -m benchmarks.peer URL --token TOKEN`: this service beside another server that speaks this API.

Both get the same load in turn, so that they are measured on the same machine: orders with and without a
`sendersReference`, shipments and statuses that are read, by 8 and by 32 clients. What is read was placed
before, with some seconds to be delivered. The workers of the local cloud stand still after that, so that only
accepting and reading is compared. On the real Functions host, which serves HTTP and queues in one process,
nothing works on the queues at all. The other server is started by hand; its token must be allowed to create
orders.
"""

import argparse
import json
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from benchmarks.load import Load, LoadPlan, LoadResult
from benchmarks.orders import PATH, order_body
from benchmarks.processes import Neighbours
from benchmarks.report import percentile, save
from benchmarks.stand import open_stand, without_queues
from devstack.cloud.host_choice import HostKind, host_of_environment
from devstack.progress import Progress

_CLIENTS = (8, 32)
_READ_ORDERS = 20  # that are placed to be read
_DELIVERY_SECONDS = 5.0


class Kind(StrEnum):
    """What is asked for."""

    REFERENCED = "order with a reference"
    UNREFERENCED = "order without"
    SHIPMENT = "shipment read"
    STATUS = "order status read"


@dataclass(slots=True)
class Server:
    """One of the two: where it is, who may use it, the orders that were placed to be read there."""

    name: str
    url: str
    token: str
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    placed: int = 0
    shipments: tuple[str, ...] = ()

    def ask(self, kind: Kind, count: int, clients: int) -> LoadResult:
        """Send so many requests of a kind and wait for all answers."""
        plan = LoadPlan(self.url, self.token, "email", self.placed, count, clients, self.run)
        if kind is Kind.REFERENCED:
            plan = replace(plan, referenced=True)
        elif kind is Kind.SHIPMENT:
            plan = replace(plan, reads=tuple(f"{_base()}/future/shipment/{own}" for own in self.shipments))
        elif kind is Kind.STATUS:
            plan = replace(plan, reads=tuple(f"{_base()}/orders/{own}/status" for own in self.shipments))
        if not plan.reads:
            self.placed += count
        return Load(plan).result()

    def place_for_reading(self) -> None:
        """Place some orders and keep the ids of their shipments."""
        self.shipments = tuple(self._place() for _ in range(_READ_ORDERS))

    def _place(self) -> str:
        body = order_body("email", self.placed, run=self.run, referenced=True)
        self.placed += 1
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        url = urlsplit(self.url)
        with urlopen(Request(f"http://{url.netloc}{PATH}", body, headers), timeout=30) as answer:
            return str(json.load(answer)["notification"]["shipmentId"])


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of request by so many clients: rates in requests a second, p50 and p99 in milliseconds."""

    kind: Kind
    clients: int
    rate: dict[str, float]
    p50: dict[str, float]
    p99: dict[str, float]

    @property
    def ratio(self) -> float:
        """How many times as many requests a second this service answers."""
        return self.rate["own"] / self.rate["peer"]


def _base() -> str:
    return PATH.removesuffix("/future/orders")


def compare(servers: tuple[Server, ...], requests: int, rounds: int, say: Progress) -> Iterator[Row]:
    """Ask both servers in turn and yield a row for each kind and number of clients."""
    for kind in Kind:
        for clients in _CLIENTS:
            say(f"{kind}, {clients} clients")
            found: dict[str, list[LoadResult]] = {server.name: [] for server in servers}
            for number in range(rounds):
                for server in servers if number % 2 == 0 else servers[::-1]:
                    found[server.name].append(server.ask(kind, requests, clients))
            yield row(kind, clients, found)


def row(kind: Kind, clients: int, found: dict[str, list[LoadResult]]) -> Row:
    """Return the medians of the rounds of both servers."""

    def latency(percent: float) -> dict[str, float]:
        return {
            name: statistics.median(percentile(result.latencies, percent) for result in results)
            for name, results in found.items()
        }

    rates = {name: statistics.median(result.rate for result in results) for name, results in found.items()}
    return Row(kind, clients, rates, latency(50), latency(99))


def table(rows: list[Row]) -> str:
    """Return the rows as lines of text."""
    head = f"{'':<24}{'clients':>8}{'peer /s':>9}{'own /s':>9}{'own/peer':>10}{'p50 ms':>14}{'p99 ms':>14}"
    lines = [head]
    for each in rows:
        p50 = f"{each.p50['peer']:.0f} | {each.p50['own']:.0f}"
        p99 = f"{each.p99['peer']:.0f} | {each.p99['own']:.0f}"
        rates = f"{each.rate['peer']:>9.0f}{each.rate['own']:>9.0f}{each.ratio:>10.2f}"
        lines.append(f"{each.kind:<24}{each.clients:>8}{rates}{p50:>14}{p99:>14}")
    return "\n".join([*lines, "p50 and p99: peer | own"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer", description=__doc__)
    parser.add_argument("url", help="the other server, such as http://127.0.0.1:5090")
    parser.add_argument("--token", required=True, help="its bearer token")
    parser.add_argument("--requests", type=int, default=2000, help="of each kind in each round")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    neighbours = Neighbours()
    host = host_of_environment()
    is_real = host is HostKind.REAL
    settings = without_queues() if is_real else None
    with Progress() as say, open_stand(1, host, settings) as stand:
        own = Server("own", stand.cloud.api, stand.token)
        servers = (Server("peer", chosen.url, chosen.token), own)
        for server in servers:
            server.place_for_reading()
        time.sleep(_DELIVERY_SECONDS)
        with nullcontext() if is_real else stand.paused_workers():
            for server in servers:
                server.ask(Kind.UNREFERENCED, chosen.requests // 4, _CLIENTS[0])  # warms up
            rows = list(compare(servers, chosen.requests, chosen.rounds, say))
    print(table(rows))
    print(
        f"other programs, the other server included, took {neighbours.share():.0%} of the machine meanwhile"
    )
    measured = [
        {"kind": each.kind, "clients": each.clients, "rate": each.rate, "p50": each.p50, "p99": each.p99}
        for each in rows
    ]
    print(f"written to {save('peer', {'host': host, 'rows': measured})}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
