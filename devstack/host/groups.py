"""The groups of functions that Flex Consumption scales apart from each other, each on instances of its own.

All HTTP functions are one group, and every other function is a group of its own. The groups of blob triggers
and of Durable Functions are left out, because this host has no such bindings.
https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#per-function-scaling

A host that is given a list of functions in its settings loads the whole app and triggers only these. The name
of the settings is that of Azure's host, which follows them, too (`functions` in host.json).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from devstack.host.bindings import HttpTrigger, ServiceBusTrigger, TimerTrigger, Trigger
from devstack.host.errors import SettingError

HTTP_GROUP = "http"
_LIST = "AzureFunctionsJobHost__functions__"


class Role(StrEnum):
    """A kind of trigger that a host process serves."""

    HTTP = "http"
    QUEUES = "queues"
    TIMERS = "timers"


_ROLES: Mapping[type[Trigger], Role] = {
    HttpTrigger: Role.HTTP,
    ServiceBusTrigger: Role.QUEUES,
    TimerTrigger: Role.TIMERS,
}


@dataclass(frozen=True, slots=True)
class Group:
    """Functions that share instances, and the kind of their triggers."""

    role: Role
    functions: tuple[str, ...]

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which a host triggers only these functions."""
        return {f"{_LIST}{number}": name for number, name in enumerate(self.functions)}


def groups_of(triggers: Iterable[Trigger]) -> dict[str, Group]:
    """Return the groups by name, in the order of the functions."""
    groups: dict[str, Group] = {}
    for trigger in triggers:
        name = HTTP_GROUP if isinstance(trigger, HttpTrigger) else trigger.function
        before = groups[name].functions if name in groups else ()
        groups[name] = Group(_ROLES[type(trigger)], (*before, trigger.function))
    return groups


def is_listed(function: str, settings: Mapping[str, str]) -> bool:
    """Whether a host with these settings triggers a function; it does if they list none."""
    names = _names(settings)
    return not names or function.lower() in names


def listed(triggers: Iterable[Trigger], settings: Mapping[str, str]) -> list[Trigger]:
    """Return the triggers of a host with these settings; SettingError when they list unknown ones only."""
    triggers = list(triggers)
    chosen = [trigger for trigger in triggers if is_listed(trigger.function, settings)]
    if triggers and not chosen:
        names = ", ".join(sorted(_names(settings)))
        raise SettingError(f"the settings {_LIST}… list no function of the app, but {names}")
    return chosen


def _names(settings: Mapping[str, str]) -> set[str]:
    return {value.lower() for name, value in settings.items() if name.startswith(_LIST)}
