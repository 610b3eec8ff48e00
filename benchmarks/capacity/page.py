"""Writes `docs/capacity.md`: the text of `page.md` with the tables that the model computes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from benchmarks.capacity import azure
from benchmarks.capacity.model import (
    CHANNELS,
    OrderCosts,
    Size,
    busy_dollars,
    ceilings,
    need,
    order_costs,
    sparse_dollars,
)

_TEXT = Path(__file__).with_name("page.md")
RATES = (10, 100, 1000)
NAMES = {"email": "E-mail", "sms": "SMS"}
FEED_ROWS = 0.03  # per entry, `python -m benchmarks.feed`
MEMORIES = (512, 2048)
_PRESET = re.compile(
    r"^  (\w+): \{\n    instanceMemoryMB: (\d+)\n    maximumInstanceCount: (\d+)\n"
    r"(?:    .*\n)*?    serviceBusTier: '(\w+)'",
    re.MULTILINE,
)

type Costs = Mapping[str, OrderCosts]


def presets(template: Path) -> list[Size]:
    """Return the sizes that `infra/main.bicep` offers, the smallest first."""
    found = _PRESET.findall(template.read_text(encoding="utf-8"))
    return [Size(name, int(memory), int(instances), tier) for name, memory, instances, tier in found]


def page(counts: Mapping[str, Any], sizes: Sequence[Size]) -> str:
    """Return the whole page."""
    costs = {channel: order_costs(counts, channel) for channel in CHANNELS}
    return Template(_TEXT.read_text(encoding="utf-8")).substitute(
        counted_at=counts["countedAt"],
        cpu_measured_at=counts["cpuMeasuredAt"],
        per_order=_per_order(costs),
        per_rate=_per_rate(costs),
        per_size="".join(_per_size(size, costs) for size in sizes),
        bottlenecks=_bottlenecks(costs, sizes),
        money=_money(costs),
        saved=f"{1 - _sparse(costs, 512) / _sparse(costs, 2048):.0%}",
        prices_as_of=azure.PRICES_AS_OF,
        email_price=f"{azure.PER_MILLION_EMAILS:.0f}",
        credits=azure.CREDITS_PER_MESSAGE,
        unit=f"{azure.MESSAGES_A_SECOND_AND_UNIT:,}",
        busy=f"{azure.BUSY:.0%}",
        feed_rows=FEED_ROWS,
    )


def _per_order(costs: Costs) -> str:
    of_app = ("Table calls alone / busy", "Messages alone / busy", "CPU to accept / of its life, ms")
    head = ("An order", *of_app, "HTTP requests", "Events of Event Grid")
    rows = []
    for name, each in costs.items():
        calls = f"{each.calls_alone:g} / {each.calls:g}"
        messages = f"{each.messages_alone:g} / {each.messages:g}"
        cpu = f"{each.intake_ms:g} / {each.life_ms:g}"
        rows.append((NAMES[name], calls, messages, cpu, each.requests, each.events))
    return _table(head, rows)


def _per_rate(costs: Costs) -> str:
    first = ("Orders a second", "Credits of Service Bus a second", "Tier, units", "Table requests a second")
    head = (*first, "Accounts", "Busy cores", "Instances of 2 GB")
    rows = []
    for rate, (name, each) in _steps(costs):
        needed = need(each, rate)
        is_standard = needed.credits <= azure.CREDITS_A_SECOND
        tier = "Standard" if is_standard else f"Premium, {needed.units}"
        bus = f"{rate:,} {NAMES[name]}", _number(needed.credits), tier
        cores = _number(needed.cores), needed.instances
        rows.append((*bus, _number(needed.table_requests), needed.accounts, *cores))
    return _table(head, rows)


def _bottlenecks(costs: Costs, sizes: Sequence[Size]) -> str:
    rows = [
        (f"{rate:,} {NAMES[name]}", *(_verdict(each, size, rate) for size in sizes))
        for rate, (name, each) in _steps(costs)
    ]
    return _table(("Orders a second", *(f"`{size.name}`" for size in sizes)), rows)


def _verdict(costs: OrderCosts, size: Size, rate: float) -> str:
    first = next(found for found in ceilings(costs, size, FEED_ROWS) if "provider" not in found.part)
    return "enough" if first.rate >= rate else f"{first.part}, at {_number(first.rate)}"


def _per_size(size: Size, costs: Costs) -> str:
    rows = [
        (NAMES[name], ceiling.part, _number(ceiling.rate), ceiling.setting)
        for name, each in costs.items()
        for ceiling in ceilings(each, size, FEED_ROWS)
    ]
    chosen = f"at most {size.instances} instances of {size.memory:,} MB, Service Bus {size.tier}"
    return f"\n### `{size.name}`: {chosen}\n\n{_table(('', 'Part', 'Carries', 'What moves it'), rows)}\n"


def _money(costs: Costs) -> str:
    head = ("A million orders", "Instances", "Service Bus Standard", "Tables", "Event Grid", "Together")
    rows = []
    for name, each in costs.items():
        for kind, price in (("busy", busy_dollars), ("sparse", sparse_dollars)):
            for memory in MEMORIES:
                dollars = [*price(each, memory).values()]
                together = f"**{sum(dollars):,.2f}**"
                rows.append(
                    (f"{NAMES[name]}, {kind}, {memory:,} MB", *map("{:,.2f}".format, dollars), together)
                )
    return _table(head, rows)


def _sparse(costs: Costs, memory: int) -> float:
    return sum(sum(sparse_dollars(each, memory).values()) for each in costs.values())


def _steps(costs: Costs) -> Iterable[tuple[int, tuple[str, OrderCosts]]]:
    return ((rate, item) for rate in RATES for item in costs.items())


def _table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
