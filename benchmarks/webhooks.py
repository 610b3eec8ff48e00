"""What a webhook costs on top of an order: table calls and messages for each entry that it is told of."""

import time
from dataclasses import dataclass

from benchmarks import phases
from benchmarks.report import Figure
from benchmarks.stand import Stand
from devstack.json_client import JsonClient
from shared.records.queues import WEBHOOKS

_API = "/notifications/api/v1/future/webhooks"
_NAME = "bench"
_CLIENTS = 8
_PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.1
_CALLS, _MESSAGES = 0.2, 0.1  # per entry, under load


@dataclass(frozen=True, slots=True)
class Told:
    """Calls and messages per entry beyond those without a webhook, and entries told a second."""

    calls: float
    messages: float
    rate: float


def tell(stand: Stand, count: int) -> Told:
    """Send e-mails without a webhook, then as many with one, until it was told of all of these."""
    before = stand.tables.feed_calls()
    phases.end_to_end(stand, "email", count, _CLIENTS)
    between = stand.tables.feed_calls()
    api = JsonClient(stand.cloud.api, {"Authorization": f"Bearer {stand.token}"})
    url = f"{stand.cloud.addresses['platform']}/webhooks/{_NAME}"
    webhook = api.ask("POST", _API, {"url": url})["id"]
    sent = stand.snapshot().messages[WEBHOOKS]
    began = time.monotonic()
    phases.end_to_end(stand, "email", count, _CLIENTS)
    _wait(stand, count)
    seconds = time.monotonic() - began
    stand.wait_quiet()
    calls = (stand.tables.feed_calls() - between) - (between - before)
    messages = stand.snapshot().messages[WEBHOOKS] - sent
    api.ask("DELETE", f"{_API}/{webhook}")
    return Told(max(0, calls) / count, messages / count, count / seconds)


def told_figures(told: Told) -> list[Figure]:
    """Return the rows about a webhook."""
    group = "A webhook, for each entry under load, beyond the cost of the order"
    return [
        Figure(group, "table calls", told.calls, "", at_most=_CALLS),
        Figure(group, "queue messages", told.messages, "", at_most=_MESSAGES),
        Figure(group, "entries told while orders are placed", told.rate, "entries/s"),
    ]


def _wait(stand: Stand, count: int) -> None:
    control = JsonClient(stand.cloud.control)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if len(control.ask("GET", f"/webhooks/{_NAME}/numbers")["numbers"]) >= count:
            return
        time.sleep(_POLL_SECONDS)
    raise TimeoutError("the webhook was not told of every entry in time")
