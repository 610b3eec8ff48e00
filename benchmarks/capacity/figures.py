"""The figures of the model as bars and lines; `docs/capacity.md` has the same as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.capacity.model import CHANNELS, Size, busy_dollars, ceilings, need, order_costs
from benchmarks.capacity.page import FEED_ROWS, MEMORIES, NAMES, RATES
from benchmarks.plots import Lines
from benchmarks.report import Figure


def figures(counts: Mapping[str, Any], sizes: Sequence[Size]) -> list[Figure]:
    """Return what each part of each size carries, and what a million orders cost."""
    costs = {NAMES[channel]: order_costs(counts, channel) for channel in CHANNELS}
    carried = [
        Figure(f"{size.name}: what each part carries, {channel}", found.part, found.rate, "orders/s")
        for size in sizes
        for channel, each in costs.items()
        for found in ceilings(each, size, FEED_ROWS)
    ]
    priced = [
        Figure(f"A million busy orders, {channel}, {memory:,} MB", part, dollars, "USD")
        for channel, each in costs.items()
        for memory in MEMORIES
        for part, dollars in busy_dollars(each, memory).items()
    ]
    return carried + priced


def lines(counts: Mapping[str, Any]) -> list[Lines]:
    """Return the cores that are busy at each rate."""
    cores = {
        NAMES[channel]: [need(order_costs(counts, channel), rate).cores for rate in RATES]
        for channel in CHANNELS
    }
    return [Lines("Busy cores by orders a second", "cores", [f"{rate:,}" for rate in RATES], cores)]
