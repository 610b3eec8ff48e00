"""Makes triggers of the raw bindings that functions declare.

The worker library returns bindings as declared. The host resolves `%SETTING%` and names of connections.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from devstack.host.errors import BindingError, SettingError
from devstack.host.triggers.ncrontab import NcrontabError, Schedule, parse_ncrontab

_SETTING = re.compile(r"%([^%\s]+)%")
_DEAD_LETTER_SUFFIX = "/$deadletterqueue"


@dataclass(frozen=True, slots=True)
class HttpTrigger:
    """`route` is relative to the route prefix; no methods means every method."""

    function: str
    parameter: str
    route: str
    methods: frozenset[str]


@dataclass(frozen=True, slots=True)
class ServiceBusTrigger:
    """`queue` may end in `/$deadletterqueue`; `connection` names a setting; None = as host.json says."""

    function: str
    parameter: str
    queue: str
    connection: str
    batch: bool
    auto_complete: bool | None


@dataclass(frozen=True, slots=True)
class TimerTrigger:
    """A function that runs at every occurrence of its schedule."""

    function: str
    parameter: str
    schedule: Schedule
    run_on_startup: bool


type Trigger = HttpTrigger | ServiceBusTrigger | TimerTrigger


def parse_trigger(function: str, raw_bindings: Iterable[str], settings: Mapping[str, str]) -> Trigger:
    """Return the function's trigger from its bindings (JSON objects as text).

    Raises BindingError for what this host does not emulate and SettingError for a missing setting.
    """
    triggers: list[Trigger] = []
    for raw in raw_bindings:
        binding: dict[str, Any] = json.loads(raw)
        match str(binding["type"]), str(binding["direction"]).upper():
            case "httpTrigger", _:
                triggers.append(_http(function, binding, settings))
            case "serviceBusTrigger", _:
                triggers.append(_service_bus(function, binding, settings))
            case "timerTrigger", _:
                triggers.append(_timer(function, binding, settings))
            case "http", "OUT":
                pass
            case kind, direction:
                raise BindingError(
                    f"{function}: the local host has no {kind} binding (direction {direction})"
                )
    if len(triggers) != 1:
        raise BindingError(f"{function}: a function has exactly one trigger, found {len(triggers)}")
    return triggers[0]


def resolve_settings(text: str, settings: Mapping[str, str], *, used_by: str) -> str:
    """Replace every `%NAME%` by the setting NAME; raises SettingError naming the missing one and its user."""

    def replacement(match: re.Match[str]) -> str:
        value = settings.get(match[1])
        if not value:
            raise SettingError(f"{used_by}: the setting {match[1]} is missing or empty")
        return value

    return _SETTING.sub(replacement, text)


def connection_string(trigger: ServiceBusTrigger, settings: Mapping[str, str]) -> str:
    """Return the connection string that a trigger's `connection` names; raises SettingError if unset."""
    value = settings.get(trigger.connection) or settings.get(f"AzureWebJobs{trigger.connection}")
    if value:
        return value
    if settings.get(f"{trigger.connection}__fullyQualifiedNamespace"):
        raise SettingError(
            f"{trigger.function}: the local host connects with a connection string; set {trigger.connection} "
            f"instead of {trigger.connection}__fullyQualifiedNamespace"
        )
    raise SettingError(f"{trigger.function}: the connection setting {trigger.connection} is missing or empty")


def _http(function: str, binding: Mapping[str, Any], settings: Mapping[str, str]) -> HttpTrigger:
    route = resolve_settings(binding.get("route") or function, settings, used_by=function)
    methods = frozenset(str(method).upper() for method in binding.get("methods") or ())
    return HttpTrigger(function, binding["name"], route, methods)


def _service_bus(function: str, binding: Mapping[str, Any], settings: Mapping[str, str]) -> ServiceBusTrigger:
    if "queueName" not in binding or binding.get("isSessionsEnabled"):
        raise BindingError(
            f"{function}: the local host serves queues without sessions, not topics or sessions"
        )
    queue = resolve_settings(binding["queueName"], settings, used_by=function)
    if queue.lower().endswith(_DEAD_LETTER_SUFFIX):
        queue = queue[: -len(_DEAD_LETTER_SUFFIX)] + _DEAD_LETTER_SUFFIX
    return ServiceBusTrigger(
        function=function,
        parameter=binding["name"],
        queue=queue,
        connection=binding["connection"],
        batch=str(binding.get("cardinality", "one")).lower() == "many",
        auto_complete=binding.get("autoCompleteMessages"),
    )


def _timer(function: str, binding: Mapping[str, Any], settings: Mapping[str, str]) -> TimerTrigger:
    expression = resolve_settings(binding["schedule"], settings, used_by=function)
    try:
        schedule = parse_ncrontab(expression)
    except NcrontabError as error:
        raise BindingError(f"{function}: {error}") from None
    return TimerTrigger(function, binding["name"], schedule, bool(binding.get("runOnStartup")))
