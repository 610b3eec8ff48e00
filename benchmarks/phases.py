"""What is measured of the running product; every function runs one phase and leaves the stand quiet."""

import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.load import LoadPlan
from benchmarks.orders import PATH, order_body
from benchmarks.stand import FEED, Snapshot, Stand

PROVIDER_SECONDS = 0.05  # what the simulated providers wait before they report
_IDLE_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Idle:
    """Orders placed one at a time: milliseconds until each was delivered, what all of them cost.

    `event_bytes` is what the events of one take in its row.
    """

    latencies: tuple[float, ...]
    spent: Snapshot
    event_bytes: float


@dataclass(frozen=True, slots=True)
class Intake:
    """Orders placed while nobody works on them: accepted per second, latencies in milliseconds."""

    rate: float
    latencies: tuple[float, ...]
    spent: Snapshot


@dataclass(frozen=True, slots=True)
class Drain:
    """Placed orders worked off: delivered per second."""

    rate: float


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """Orders placed while the workers work: delivered per second, from first placement to last report."""

    rate: float
    placing: float
    latencies: tuple[float, ...]
    spent: Snapshot


def warm_up(stand: Stand, count: int) -> None:
    """Let every process compile, connect and fill its caches."""
    for channel in ("email", "sms"):
        closed = stand.closed()
        stand.place(channel, count // 2, 8).result()
        stand.wait_closed(closed + count // 2)
    stand.wait_quiet()


def idle(stand: Stand, channel: str, count: int) -> Idle:
    """Place orders one at a time, each after the one before has come to rest."""
    plan = stand.plan(channel, count, 1)
    connection = http.client.HTTPConnection(urlsplit(plan.api).netloc, timeout=30)
    stand.wait_still()
    before = stand.snapshot()
    closed = before.items[FEED]
    latencies = []
    for number in range(plan.first, plan.first + count):
        placed_at = time.monotonic()
        _place(connection, plan, number)
        closed += 1
        time.sleep(max(0.0, placed_at + PROVIDER_SECONDS - time.monotonic()))  # asking costs the emulator CPU
        took = stand.wait_closed(closed) - placed_at
        latencies.append((took - PROVIDER_SECONDS) * 1000)
        stand.wait_quiet()
        time.sleep(_IDLE_PAUSE_SECONDS)
    connection.close()
    stand.wait_still()
    spent = stand.snapshot().since(before)
    return Idle(tuple(latencies), spent, stand.tables.event_bytes(channel))


def intake(stand: Stand, channel: str, count: int, clients: int) -> Intake:
    """Place orders on a stand where nobody works on them."""
    before = stand.snapshot()
    load = stand.place(channel, count, clients).result()
    return Intake(load.rate, load.latencies, stand.snapshot().since(before))


def intake_and_drain(stand: Stand, channel: str, count: int, clients: int) -> tuple[Intake, Drain]:
    """Place orders while no worker runs, then let the workers run until all are delivered."""
    closed = stand.closed()
    with stand.paused_workers():
        placed = intake(stand, channel, count, clients)
    resumed_at = time.monotonic()
    closed_at = stand.wait_closed(closed + count)
    stand.wait_quiet()
    return placed, Drain(count / (closed_at - resumed_at))


def end_to_end(stand: Stand, channel: str, count: int, clients: int) -> EndToEnd:
    """Place orders while the workers work, until all are delivered."""
    stand.wait_still()
    before = stand.snapshot()
    load = stand.place(channel, count, clients)
    closed_at = stand.wait_closed(before.items[FEED] + count)
    placed = load.result()
    stand.wait_still()
    return EndToEnd(
        rate=count / (closed_at - placed.started),
        placing=placed.rate,
        latencies=placed.latencies,
        spent=stand.snapshot().since(before),
    )


def _place(connection: http.client.HTTPConnection, plan: LoadPlan, number: int) -> None:
    headers = {"Authorization": f"Bearer {plan.token}", "Content-Type": "application/json"}
    connection.request("POST", PATH, order_body(plan.channel, number, run=plan.run), headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 201:
        raise RuntimeError(f"an order was not accepted: {answer.status}")
