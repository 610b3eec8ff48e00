"""Orders for many recipients: what one more recipient costs, until everything is sent."""

import http.client
import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from benchmarks.orders import phone_number
from benchmarks.stand import Snapshot, Stand
from devstack.json_client import JsonClient
from devstack.simulators.altinn.fixtures import CROWD

_PATH = "/notifications/api/v1/orders/sms"
_TEXT = "The office is closed on Friday. It opens again on Monday at nine."
_WAIT_SECONDS = 60.0
REGISTERS = ("profile.persons", "register.names")
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


def _finished(stand: Stand, recipients: int, orders: int, started: float, before: Snapshot) -> Bulk:
    total = recipients * orders
    control = JsonClient(stand.cloud.control)
    outbox = control.ask("GET", f"/outbox?count={total}&wait={_WAIT_SECONDS:g}s", wait=_WAIT_SECONDS)
    took = time.monotonic() - started
    if len(outbox["sms"]) != total:
        raise RuntimeError(f"{len(outbox['sms'])} SMS were sent to {total} recipients")
    stand.wait_quiet()
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
    return Counter({register: int(requests.get(register, 0)) for register in REGISTERS})


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
