"""Which faults hit which order and which process at what moment: decided beforehand by a seed.

Faults of the providers are tied to single orders by their address, so that it is known afterwards whose
answer was lost; faults of processes, queues, storage and time come at random moments while orders are placed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from benchmarks.orders import address

_GATEWAY_SILENCE_SECONDS = 5.0
LOST_ANSWER = "answer lost"
LOST_REPORT = "report lost"


class Blow(StrEnum):
    """What can happen to the local cloud as a whole."""

    KILL_HTTP = "http host killed"
    KILL_WORKER = "worker killed"
    KILL_QUEUES = "queue emulator killed"
    WIPE_QUEUES = "queues wiped"
    PAUSE_TABLES = "table storage silent"
    CLOCK_FORWARD = "clock jumps forward"
    CLOCK_BACK = "clock jumps back"


_BLOWS = {
    Blow.KILL_HTTP: 3,
    Blow.KILL_WORKER: 4,
    Blow.KILL_QUEUES: 2,
    Blow.WIPE_QUEUES: 3,
    Blow.PAUSE_TABLES: 2,
    Blow.CLOCK_FORWARD: 4,
    Blow.CLOCK_BACK: 2,
}
_SECONDS = {  # how long a process stays away, or how far the clock jumps
    Blow.KILL_HTTP: (0.0, 2.0),
    Blow.KILL_WORKER: (0.0, 3.0),
    Blow.KILL_QUEUES: (0.0, 2.0),
    Blow.WIPE_QUEUES: (0.0, 0.0),
    Blow.PAUSE_TABLES: (1.0, 4.0),
    Blow.CLOCK_FORWARD: (30.0, 1_200.0),
    Blow.CLOCK_BACK: (10.0, 120.0),
}

# Share of the orders of a channel, fault, and what its rule says.
_EMAIL_FAULTS: tuple[tuple[float, str, dict[str, Any]], ...] = (
    (0.06, "throttled", {"target": "acs.send", "action": "status", "status": 429, "retryAfter": 2}),
    (0.05, "refused with 5xx", {"target": "acs.send", "action": "status", "status": 503}),
    (0.05, LOST_ANSWER, {"target": "acs.send", "action": "after"}),
    (0.03, LOST_ANSWER, {"target": "acs.send", "action": "malformed"}),
    (0.03, "connection dropped", {"target": "acs.send", "action": "disconnect"}),
    (0.08, "report doubled", {"target": "acs.report", "action": "duplicate"}),
    (0.08, "report late", {"target": "acs.report", "action": "delay", "delaySeconds": 8}),
    (0.04, LOST_REPORT, {"target": "acs.report", "action": "drop"}),
)
_SMS_FAULTS: tuple[tuple[float, str, dict[str, Any]], ...] = (
    (0.05, "throttled", {"target": "sms.submit", "action": "status", "status": 429, "retryAfter": 2}),
    (0.04, "logon refused", {"target": "sms.submit", "action": "logon-failed"}),
    (0.04, "refused with 5xx", {"target": "sms.submit", "action": "status", "status": 503}),
    (0.04, LOST_ANSWER, {"target": "sms.submit", "action": "after"}),
    (0.02, LOST_ANSWER, {"target": "sms.submit", "action": "malformed"}),
    (0.03, "connection dropped", {"target": "sms.submit", "action": "disconnect"}),
    (
        0.02,
        "never answered",
        {"target": "sms.submit", "action": "timeout", "delaySeconds": _GATEWAY_SILENCE_SECONDS},
    ),
    (0.08, "report doubled", {"target": "sms.report", "action": "duplicate"}),
    (0.08, "report late", {"target": "sms.report", "action": "delay", "delaySeconds": 8}),
    (0.02, LOST_REPORT, {"target": "sms.report", "action": "drop"}),
)


@dataclass(frozen=True, slots=True)
class Strike:
    """A blow at a moment, in seconds from the first placement."""

    at: float
    blow: Blow
    seconds: float


@dataclass(frozen=True, slots=True)
class OrderFault:
    """What goes wrong, once, for the order with this number; `rule` is for the control API."""

    number: int
    channel: str
    name: str
    rule: dict[str, Any]


def plan_strikes(chance: random.Random, seconds: float) -> list[Strike]:
    """Return the blows of a run that places orders for that long, earliest first."""
    strikes = [
        Strike(chance.uniform(0.05, 1.0) * seconds, blow, chance.uniform(*_SECONDS[blow]))
        for blow, times in _BLOWS.items()
        for _ in range(times)
    ]
    return sorted(strikes, key=lambda strike: strike.at)


def plan_order_faults(chance: random.Random, channel: str, numbers: Sequence[int]) -> list[OrderFault]:
    """Return at most one fault per order."""
    left = list(numbers)
    chance.shuffle(left)
    return list(_dealt(channel, iter(left), len(numbers)))


def _dealt(channel: str, left: Iterator[int], orders: int) -> Iterator[OrderFault]:
    for share, name, rule in _EMAIL_FAULTS if channel == "email" else _SMS_FAULTS:
        for _ in range(max(1, round(share * orders))):
            number = next(left, None)
            if number is None:
                return
            rule_id = f"{channel}-{number}"
            matched = {**rule, "id": rule_id, "times": 1, "match": {"to": address(channel, number)}}
            yield OrderFault(number, channel, name, matched)
