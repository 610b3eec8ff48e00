"""The figures of a run beside what was promised: as a table for people, as JSON for programs."""

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import cores
from devstack.project import ROOT

VERDICTS = {None: "", True: "met", False: "NOT MET"}
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `at_most` or `at_least` is its budget, if it has one.

    `flex` is the same value in the layout of Flex Consumption. The budgets of what is counted, which has no
    unit, are for both layouts, the others for the one in which all is in a few processes.
    """

    group: str
    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    flex: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        return self._is_within(self.value)

    @property
    def flex_met(self) -> bool | None:
        """Whether the budget is kept in the layout of Flex; None without one for it."""
        return None if self.flex is None or self.unit else self._is_within(self.flex)

    def _is_within(self, value: float) -> bool | None:
        if self.at_most is not None:
            return value <= self.at_most
        return None if self.at_least is None else value >= self.at_least


def beside(figures: Iterable[Figure], of_flex: Iterable[Figure]) -> list[Figure]:
    """Return the figures with the values that those of the same name have in the layout of Flex."""
    values = {(figure.group, figure.name): figure.value for figure in of_flex}
    return [replace(figure, flex=values.get((figure.group, figure.name))) for figure in figures]


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the smallest value that at least that many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines of text, one block per group."""
    width = max(len(figure.name) for figure in figures)
    lines = []
    if any(figure.flex is not None for figure in figures):
        lines = [f"  {'':<{width}} {'few processes':<38}  {'Flex':>9}"]
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            lines += ["", group]
        value = f"{number(figure.value):>9} {figure.unit:<9}"
        line = f"  {figure.name:<{width}} {value} {budget(figure):>10} {VERDICTS[figure.met]:<7}"
        if figure.flex is not None:
            line += f"  {number(figure.flex):>9} {VERDICTS[figure.flex_met]}"
        lines.append(line.rstrip())
    kept = [met for figure in figures for met in (figure.met, figure.flex_met) if met is not None]
    return "\n".join([*lines, "", f"{sum(kept)} of {len(kept)} budgets met"])


def save(name: str, document: dict[str, Any]) -> Path:
    """Write a result with what it was measured on; return the file."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    machine = {"cores": cores(), "python": platform.python_version(), "system": platform.system()}
    document = {"at": datetime.now(UTC).isoformat(), "machine": machine, **document}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return the figures with their verdicts."""
    return [asdict(figure) | {"met": figure.met, "flex_met": figure.flex_met} for figure in figures]


def number(value: float) -> str:
    """Return a value with as many digits as mean something."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def budget(figure: Figure) -> str:
    """Return the budget of a figure, empty without one."""
    if figure.at_most is not None:
        return f"<= {figure.at_most:g}"
    return "" if figure.at_least is None else f">= {figure.at_least:g}"
