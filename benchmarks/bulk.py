"""Orders for many recipients: what one more recipient costs, until everything is sent."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from benchmarks.orders import phone_number
from benchmarks.report import Figure
from benchmarks.stand import Snapshot, Stand
from devstack.json_client import JsonClient
from devstack.simulators.altinn.fixtures import CROWD

_PATH = "/notifications/api/v1/orders/sms"
_TEXT = "The office is closed on Friday. It opens again on Monday at nine."
_WAIT_SECONDS = 60.0
_CALLS, _MESSAGES = 0.15, 0.05  # budgets per recipient
_REGISTERS = ("profile.persons", "register.names")
RECIPIENTS_PER_PAGE = 100  # of a large order: each page asks each register once


@dataclass(frozen=True, slots=True)
class Bulk:
    """SMS orders until all were sent: seconds, and what one recipient cost."""

    recipients: int
    seconds: float
    calls: float
    messages: float
    cpu_milliseconds: float


@dataclass(frozen=True, slots=True)
class Lookups:
    """An order for people whose numbers and names are looked up; calls by register, placing and after."""

    bulk: Bulk
    placing: Counter[str]
    sending: Counter[str]


def prepare(stand: Stand) -> None:
    """Make it noon in Oslo, when SMS of version 1 leave at once, and keep reports away from the count."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    stand.cloud.set_clock(tomorrow.astimezone(ZoneInfo("Europe/Oslo")).replace(hour=12, minute=0))
    stand.cloud.add_fault({"target": "sms.report", "action": "drop"})


def send_bulk(stand: Stand, recipients: int, orders: int = 1) -> Bulk:
    """Place orders with that many recipients each, and wait until the gateway has every SMS."""
    addresses = [{"mobileNumber": phone_number(number)} for number in range(recipients)]
    stand.cloud.clear_outbox()
    stand.wait_still()
    before = stand.snapshot()
    started = time.monotonic()
    for _ in range(orders):
        _place(stand, {"body": _TEXT, "recipients": addresses})
    return _finished(stand, recipients, orders, started, before)


def send_with_lookups(stand: Stand) -> Lookups:
    """Send to everybody in the simulated crowd by name, known by their national identity numbers only.

    The workers stand still during the placement, so that the calls of both can be told apart.
    """
    people = [{"nationalIdentityNumber": person.nin} for person in CROWD]
    stand.cloud.clear_outbox()
    stand.wait_still()
    before, asked_before = stand.snapshot(), _asked(stand)
    started = time.monotonic()
    with stand.paused_workers():
        _place(stand, {"body": f"$recipientName$: {_TEXT}", "recipients": people})
        asked_placing = _asked(stand)
    bulk = _finished(stand, len(people), 1, started, before)
    return Lookups(bulk, asked_placing - asked_before, _asked(stand) - asked_placing)


def app_cpu(spent: Snapshot) -> float:
    """Return the CPU seconds of the processes that run the app."""
    return sum(
        seconds
        for name, seconds in spent.cpu.items()
        if name in ("http", "host") or name.startswith("worker")
    )


def bulk_figures(found: Mapping[int, Bulk]) -> list[Figure]:
    """Return what one recipient cost, by the size of the order."""
    group = "Cost of one recipient of a large SMS order, until all are sent"
    rows = []
    for recipients, bulk in found.items():
        counted = recipients == 1_000
        rows += [
            Figure(group, f"{recipients}: time until all are sent", bulk.seconds, "s"),
            Figure(group, f"{recipients}: table calls", bulk.calls, "", at_most=_CALLS if counted else None),
            Figure(
                group,
                f"{recipients}: queue messages",
                bulk.messages,
                "",
                at_most=_MESSAGES if counted else None,
            ),
            Figure(group, f"{recipients}: CPU of the app", bulk.cpu_milliseconds, "ms"),
        ]
    few, many = found[100], found[10_000]
    growth = many.cpu_milliseconds / few.cpu_milliseconds
    rows.append(Figure(group, "CPU at 10000 against 100", growth, "", at_most=1.0))
    return rows


def lookup_figures(found: Sequence[Lookups]) -> list[Figure]:
    """Return what the last order with lookups cost, nothing without one."""
    if not found:
        return []
    lookups = found[-1]
    bulk = lookups.bulk
    group = f"An SMS order to {bulk.recipients} people whose numbers and names are looked up"
    pages = bulk.recipients / RECIPIENTS_PER_PAGE
    rows = [Figure(group, "time until all are sent", bulk.seconds, "s")]
    for register in _REGISTERS:
        placing, sending = lookups.placing[register], lookups.sending[register]
        rows += [
            Figure(group, f"{register}: calls while placing", placing, ""),
            Figure(group, f"{register}: calls while sending", sending, "", at_most=pages),
        ]
    return [
        *rows,
        Figure(group, "table calls per recipient", bulk.calls, "", at_most=_CALLS),
        Figure(group, "queue messages per recipient", bulk.messages, "", at_most=_MESSAGES),
        Figure(group, "CPU of the app per recipient", bulk.cpu_milliseconds, "ms"),
    ]


def _finished(stand: Stand, recipients: int, orders: int, started: float, before: Snapshot) -> Bulk:
    total = recipients * orders
    control = JsonClient(stand.cloud.control)
    outbox = control.ask("GET", f"/outbox?count={total}&wait={_WAIT_SECONDS:g}s", wait=_WAIT_SECONDS)
    took = time.monotonic() - started
    if len(outbox["sms"]) != total:
        raise RuntimeError(f"{len(outbox['sms'])} SMS were sent to {total} recipients")
    stand.wait_still()
    spent = stand.snapshot().since(before)
    return Bulk(
        recipients=recipients,
        seconds=took,
        calls=spent.calls.total() / total,
        messages=spent.messages.total() / total,
        cpu_milliseconds=app_cpu(spent) * 1000 / total,
    )


def _asked(stand: Stand) -> Counter[str]:
    requests = stand.cloud.stats()["requests"]
    return Counter({register: int(requests.get(register, 0)) for register in _REGISTERS})


def _place(stand: Stand, document: dict[str, Any]) -> None:
    connection = http.client.HTTPConnection(urlsplit(stand.cloud.api).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {stand.token}", "Content-Type": "application/json"}
    connection.request("POST", _PATH, json.dumps(document), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status not in (201, 202):
        count = len(document["recipients"])
        raise RuntimeError(f"an order for {count} recipients was not accepted: {answer.status} {text!r}")
