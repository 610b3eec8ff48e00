"""Which faults of the providers hit which recipient: one each at most, for a part of all recipients."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_GATEWAY_SILENCE_SECONDS = 8.0  # longer than an answer is waited for

# Share of the recipients of a channel, fault, and what its rule says. A provider that failed for many more
# would be one that is away, and there are outages for that.
_EMAIL_FAULTS: tuple[tuple[float, str, dict[str, Any]], ...] = (
    (0.03, "throttled", {"target": "acs.send", "action": "status", "status": 429, "retryAfter": 2}),
    (0.02, "refused with 5xx", {"target": "acs.send", "action": "status", "status": 503}),
    (0.03, "answer lost", {"target": "acs.send", "action": "after"}),
    (0.02, "answer unreadable", {"target": "acs.send", "action": "malformed"}),
    (0.02, "connection dropped", {"target": "acs.send", "action": "disconnect"}),
    (0.08, "report doubled", {"target": "acs.report", "action": "duplicate"}),
    (0.08, "report late", {"target": "acs.report", "action": "delay", "delaySeconds": 8}),
    (0.04, "report lost", {"target": "acs.report", "action": "drop"}),
)
_SMS_FAULTS: tuple[tuple[float, str, dict[str, Any]], ...] = (
    (0.02, "throttled", {"target": "sms.submit", "action": "status", "status": 429, "retryAfter": 2}),
    (0.02, "logon refused", {"target": "sms.submit", "action": "logon-failed"}),
    (0.02, "refused with 5xx", {"target": "sms.submit", "action": "status", "status": 503}),
    (0.03, "answer lost", {"target": "sms.submit", "action": "after"}),
    (0.01, "answer unreadable", {"target": "sms.submit", "action": "malformed"}),
    (0.02, "connection dropped", {"target": "sms.submit", "action": "disconnect"}),
    (
        0.01,
        "never answered",
        {"target": "sms.submit", "action": "timeout", "delaySeconds": _GATEWAY_SILENCE_SECONDS},
    ),
    (0.08, "report doubled", {"target": "sms.report", "action": "duplicate"}),
    (0.08, "report late", {"target": "sms.report", "action": "delay", "delaySeconds": 8}),
    (0.02, "report lost", {"target": "sms.report", "action": "drop"}),
)


@dataclass(frozen=True, slots=True)
class OrderFault:
    """What goes wrong, once, for one recipient; `rule` is for the control API."""

    channel: str
    name: str
    rule: dict[str, Any]


def plan_order_faults(chance: random.Random, channel: str, addresses: Sequence[str]) -> list[OrderFault]:
    """Return at most one fault for each of these addresses."""
    left = list(addresses)
    chance.shuffle(left)
    return list(_dealt(channel, iter(left), len(addresses)))


def _dealt(channel: str, left: Iterator[str], recipients: int) -> Iterator[OrderFault]:
    for share, name, rule in _EMAIL_FAULTS if channel == "email" else _SMS_FAULTS:
        for _ in range(max(1, round(share * recipients))):
            to = next(left, None)
            if to is None:
                return
            matched = {**rule, "id": f"{channel}-{to}", "times": 1, "match": {"to": to}}
            yield OrderFault(channel, name, matched)
