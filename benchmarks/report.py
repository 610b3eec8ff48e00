"""The figures of a run beside what was promised: as a table for people, as JSON for programs."""

import json
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import cores
from devstack.project import ROOT

RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `at_most` or `at_least` is its budget, if it has one."""

    group: str
    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the smallest value that at least that many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines of text, one block per group."""
    width = max(len(figure.name) for figure in figures)
    lines = []
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            lines += ["", group]
        verdict = {None: "", True: "met", False: "NOT MET"}[figure.met]
        value = f"{_number(figure.value):>9} {figure.unit:<9}"
        lines.append(f"  {figure.name:<{width}} {value} {_budget(figure):>10}  {verdict}".rstrip())
    kept = [figure.met for figure in figures if figure.met is not None]
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
    return [asdict(figure) | {"met": figure.met} for figure in figures]


class Progress:
    """Tells on one line each what is being done and how long it has taken so far."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, what: str) -> None:
        """Announce the next step."""
        print(f"{self._elapsed():6.1f} s  {what}", flush=True)

    def rounds(self, wanted: int, latest: float) -> Iterator[int]:
        """Yield round numbers from 1 until that many, or until `latest` seconds have passed."""
        for number in range(1, wanted + 1):
            if number > 1 and self._elapsed() > latest:
                return
            yield number

    def _elapsed(self) -> float:
        return time.monotonic() - self._started


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _budget(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"<= {figure.at_most:g}"
    return "" if figure.at_least is None else f">= {figure.at_least:g}"
