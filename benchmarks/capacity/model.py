"""What a rate of orders needs and costs, as a pure function of the counts.

Every order has one recipient here: that is the dearest kind. Rates are orders a second.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.capacity import azure

CHANNELS = ("email", "sms")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCosts:
    """What one order of a channel takes, from its placement to its feed entry.

    `alone` is for orders minutes apart, the others for many at once. `intake_ms` and `life_ms` are
    milliseconds of CPU of the real host and its worker together: for accepting it, and for everything.
    """

    calls: float
    calls_alone: float
    messages: float
    messages_alone: float
    intake_ms: float
    life_ms: float
    requests: int  # over HTTP: the placement, and the report of an SMS
    events: int  # of Event Grid


@dataclass(frozen=True, slots=True)
class Size:
    """What a preset chooses: memory of an instance in MB, most instances, tier of Service Bus."""

    name: str
    memory: int
    instances: int
    tier: str


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most orders a second that one part carries, and the setting that moves it."""

    part: str
    rate: float
    setting: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a rate takes of every part."""

    credits: float
    units: int
    table_requests: float
    accounts: int
    cores: float
    instances: int  # of 2 GB


def order_costs(counts: Mapping[str, Any], channel: str) -> OrderCosts:
    """Return the costs of a channel from the document of counts."""
    of_channel = counts[channel]
    return OrderCosts(
        calls=of_channel["tableCallsUnderLoad"],
        calls_alone=of_channel["tableCallsAlone"],
        messages=of_channel["messagesUnderLoad"],
        messages_alone=of_channel["messagesAlone"],
        intake_ms=counts["intakeCpuMs"],
        life_ms=of_channel["cpuMs"],
        requests=2 if channel == "sms" else 1,
        events=1 if channel == "email" else 0,
    )


def ceilings(costs: OrderCosts, size: Size, feed_rows: float) -> list[Ceiling]:
    """Return what each part carries in a deployment of that size, the lowest first.

    `feed_rows` is how many rows one entry of a busy feed takes.
    """
    cores = size.instances * azure.CORES[size.memory] * azure.BUSY
    quota = azure.CORES_OF_REGION * azure.BUSY
    found = [
        _service_bus(costs, size),
        Ceiling(
            "instances of the app", cores / costs.life_ms * 1000, "`NOTIFICATIONS_MAXIMUM_INSTANCE_COUNT`"
        ),
        Ceiling(
            "cores of the subscription", quota / costs.life_ms * 1000, "a quota of the region, by request"
        ),
        Ceiling(
            "requests to tables", azure.TABLE_REQUESTS_A_SECOND / costs.calls, "another account, by request"
        ),
        Ceiling(
            "the feed of one owner", azure.ENTITIES_A_SECOND / feed_rows, "none: one partition per owner"
        ),
    ]
    if costs.events:
        found += [
            Ceiling(
                f"e-mails at the provider, at first {azure.EMAILS_AN_HOUR} an hour",
                azure.EMAILS_AN_HOUR / 3600,
                "a quota of the provider, by request",
            ),
            Ceiling("Event Grid", azure.EVENTS_A_SECOND, "another topic"),
        ]
    return sorted(found, key=lambda ceiling: ceiling.rate)


def _service_bus(costs: OrderCosts, size: Size) -> Ceiling:
    if size.tier == "Standard":
        rate = azure.CREDITS_A_SECOND / azure.CREDITS_PER_MESSAGE / costs.messages
        return Ceiling("Service Bus Standard", rate, "the preset `national`, which is Premium")
    return Ceiling(
        "one unit of Service Bus Premium",
        azure.MESSAGES_A_SECOND_AND_UNIT / costs.messages,
        "`NOTIFICATIONS_SERVICE_BUS_UNITS`",
    )


def need(costs: OrderCosts, rate: float) -> Need:
    """Return what so many orders a second take."""
    messages = rate * costs.messages
    requests = rate * costs.calls
    cores = rate * costs.life_ms / 1000
    return Need(
        credits=messages * azure.CREDITS_PER_MESSAGE,
        units=_up(messages / azure.MESSAGES_A_SECOND_AND_UNIT),
        table_requests=requests,
        accounts=_up(requests / azure.TABLE_REQUESTS_A_SECOND),
        cores=cores,
        instances=_up(cores / azure.BUSY / azure.CORES[2048]),
    )


def _up(value: float) -> int:
    return max(1, math.ceil(value))


def busy_dollars(costs: OrderCosts, memory: int) -> dict[str, float]:
    """Return the dollars for a million orders that keep their instances busy, by part."""
    seconds = costs.life_ms / 1000 / azure.BUSY / azure.CORES[memory]
    executions = costs.requests + costs.messages
    return _dollars(costs, seconds * memory / 1024, executions, costs.messages, costs.calls)


def sparse_dollars(costs: OrderCosts, memory: int) -> dict[str, float]:
    """Return the dollars for a million orders so rare that each execution is charged alone, by part."""
    executions = costs.requests + costs.messages_alone
    seconds = executions * azure.SHORTEST_EXECUTION_SECONDS
    return _dollars(costs, seconds * memory / 1024, executions, costs.messages_alone, costs.calls_alone)


def _dollars(
    costs: OrderCosts, gigabyte_seconds: float, executions: float, messages: float, calls: float
) -> dict[str, float]:
    return {
        "instances": gigabyte_seconds * azure.PER_GB_SECOND * 1e6 + executions * azure.PER_MILLION_EXECUTIONS,
        "Service Bus Standard": messages * azure.OPERATIONS_PER_MESSAGE * azure.PER_MILLION_OPERATIONS,
        "tables": calls * azure.PER_MILLION_TABLE_REQUESTS,
        "Event Grid": costs.events * azure.PER_MILLION_EVENTS,
    }
