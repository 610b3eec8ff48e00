"""When the local cloud as a whole is struck, and which part of it is away for hours at what time."""

import random
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

_OUTAGE_SECONDS = 12.0  # of real time, in which hours of business time pass
_OUTAGE_SHARE = 0.6  # of its turn: afterwards work catches up
_HOURS = (2.0, 3.0)
_HOURS_OF_REGISTERS = (1.0, 2.0)
_MOST_CLOCK_JUMPS = 16  # together some hours, so that no message loses its worth meanwhile


class Blow(StrEnum):
    """What can happen to the local cloud as a whole."""

    KILL_HTTP = "http host killed"
    KILL_WORKER = "worker killed"
    KILL_QUEUES = "queue emulator killed"
    WIPE_QUEUES = "queues wiped"
    PAUSE_TABLES = "table storage silent"
    CLOCK_FORWARD = "clock jumps forward"
    CLOCK_BACK = "clock jumps back"


class Part(StrEnum):
    """What can be away for hours."""

    TABLES = "table storage"
    QUEUES = "Service Bus"
    EMAIL = "e-mail provider"
    SMS = "SMS gateway"
    PEOPLE = "Profile and Register"
    ACCESS = "Authorization and Resource Registry"
    CONDITIONS = "condition endpoints and Maskinporten"


# Blows for every nine kills.
_KILLS = {Blow.KILL_HTTP: 3, Blow.KILL_WORKER: 4, Blow.KILL_QUEUES: 2}
_OTHERS = {Blow.WIPE_QUEUES: 3, Blow.PAUSE_TABLES: 2, Blow.CLOCK_FORWARD: 4, Blow.CLOCK_BACK: 2}
_NINE = sum(_KILLS.values())
_SECONDS = {  # how long a process stays away, or how far the clock jumps
    Blow.KILL_HTTP: (0.0, 2.0),
    Blow.KILL_WORKER: (0.0, 3.0),
    Blow.KILL_QUEUES: (0.0, 2.0),
    Blow.WIPE_QUEUES: (0.0, 0.0),
    Blow.PAUSE_TABLES: (1.0, 4.0),
    Blow.CLOCK_FORWARD: (30.0, 1_200.0),
    Blow.CLOCK_BACK: (10.0, 120.0),
}
_WAYS: dict[str, dict[str, Any]] = {
    "5xx": {"action": "status", "status": 503},
    "429": {"action": "status", "status": 429, "retryAfter": 60},
    "dropped connections": {"action": "disconnect"},
    "silence": {"action": "timeout"},
}
_NO_LISTENER = {"refused connections": {"action": "unreachable"}}
# Ways of a provider by itself; the rule is for its first target.
_PROVIDER_WAYS: dict[Part, dict[str, dict[str, Any]]] = {
    Part.EMAIL: _NO_LISTENER | {"refused key": {"action": "refuse", "detail": "Denied"}},
    Part.SMS: _NO_LISTENER | {"refused logon": {"action": "logon-failed"}},
}
_TARGETS = {
    Part.EMAIL: ("acs.send", "acs.status"),
    Part.SMS: ("sms.submit",),
    Part.PEOPLE: ("profile.*", "register.*"),
    Part.ACCESS: ("authorization.*", "resourceregistry.*"),
    Part.CONDITIONS: ("condition.*", "maskinporten.*"),
}


@dataclass(frozen=True, slots=True)
class Strike:
    """A blow at a moment, in seconds from the first placement.

    `luck`, from 0 to 1, says which process it is when there are several to choose from.
    """

    at: float
    blow: Blow
    seconds: float
    luck: float = 0.0


@dataclass(frozen=True, slots=True)
class Outage:
    """A part of the cloud that is away from `at` for some seconds, in which `hours` of business time pass.

    `rules` are fault rules in force meanwhile; without any the part itself is stopped.
    """

    at: float
    seconds: float
    hours: float
    part: Part
    way: str
    rules: tuple[dict[str, Any], ...] = ()

    @property
    def is_total(self) -> bool:
        """Whether nothing can be asked of the cloud meanwhile, nor anything else be done to it."""
        return not self.rules


def plan_strikes(chance: random.Random, seconds: float, kills: int) -> list[Strike]:
    """Return the blows of a run that places orders for that long, earliest first."""
    counts = {blow: round(kills * share / _NINE) for blow, share in (_KILLS | _OTHERS).items()}
    counts[Blow.KILL_WORKER] += kills - sum(counts[blow] for blow in _KILLS)
    counts[Blow.CLOCK_FORWARD] = min(counts[Blow.CLOCK_FORWARD], _MOST_CLOCK_JUMPS)
    strikes = [
        Strike(chance.uniform(0.05, 1.0) * seconds, blow, chance.uniform(*_SECONDS[blow]))
        for blow, count in counts.items()
        for _ in range(count)
    ]
    strikes = [replace(strike, luck=chance.random()) for strike in strikes]
    return sorted(strikes, key=lambda strike: strike.at)


def plan_outages(chance: random.Random, seconds: float) -> list[Outage]:
    """Return one outage of every part, each in a turn of its own."""
    parts = list(Part)
    chance.shuffle(parts)
    turn = seconds / len(parts)
    lasts = min(_OUTAGE_SECONDS, turn * _OUTAGE_SHARE)
    return [_outage(chance, part, (place + 0.2) * turn, lasts) for place, part in enumerate(parts)]


def _outage(chance: random.Random, part: Part, at: float, seconds: float) -> Outage:
    targets = _TARGETS.get(part)
    if targets is None:
        way = "silence" if part is Part.TABLES else "killed"
        return Outage(at, seconds, chance.uniform(*_HOURS), part, way)
    of_provider = _PROVIDER_WAYS.get(part, {})
    way = chance.choice([*_WAYS, *of_provider])
    rule = of_provider.get(way) or _WAYS[way]
    meant = targets[:1] if way in of_provider else targets
    rules = tuple({"id": f"outage-{target}", "target": target, **rule} for target in meant)
    hours = _HOURS if of_provider else _HOURS_OF_REGISTERS
    return Outage(at, seconds, chance.uniform(*hours), part, way, rules)
