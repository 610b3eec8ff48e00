"""What the app told its log of itself, in whichever processes it runs: its metrics, and the hops of orders.

The app knows nothing of a local cloud. As Application Insights does in Azure, this reads the lines that its
hosts write. Metrics are values of one process and interval; here they are added up.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FACTS = re.compile(rb'\{"(?:metrics|hop)": .*\}$')
_VALUES = ("count", "sum", "max", "last")

type _Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class AppLog:
    """The log files in a folder; without one there is nothing to tell."""

    folder: Path | None
    _read: dict[Path, int] = field(init=False, default_factory=dict)
    _sums: dict[_Key, dict[str, float]] = field(init=False, default_factory=dict)

    def metrics(self) -> list[dict[str, Any]]:
        """Return every metric with its labels and the values of all processes together."""
        for path in self._files():
            for facts in self._new_lines(path):
                for one in facts.get("metrics", ()):
                    self._add(one)
        return [
            {"name": name, "labels": dict(labels), "kind": _kind(values), **values}
            for (name, labels), values in sorted(self._sums.items())
        ]

    def hops(self, operation_id: str) -> list[dict[str, Any]]:
        """Return the hops of one order by their time, also those that it shared with others."""
        found = [
            {"process": path.stem, **facts}
            for path in self._files()
            for facts in _facts_in(path.read_bytes())
            if "hop" in facts
            and (facts.get("operation_id") == operation_id or operation_id in facts.get("links", ()))
        ]
        return sorted(found, key=lambda hop: float(hop["at"]))

    def _files(self) -> list[Path]:
        return [] if self.folder is None else sorted(self.folder.glob("*.log"))

    def _new_lines(self, path: Path) -> Iterator[dict[str, Any]]:
        with path.open("rb") as log:
            log.seek(self._read.get(path, 0))
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]  # the last line may not be complete yet
        self._read[path] = self._read.get(path, 0) + len(whole)
        yield from _facts_in(whole)

    def _add(self, told: dict[str, Any]) -> None:
        labels = tuple((key, str(value)) for key, value in told.items() if key not in {"name", *_VALUES})
        values = {key: told[key] for key in _VALUES if key in told}
        sums = self._sums.setdefault((str(told["name"]), labels), values)
        if sums is values:
            return
        for key, value in values.items():
            match key:
                case "max":
                    sums[key] = max(sums[key], value)
                case "last":
                    sums[key] = value
                case _:
                    sums[key] += value


def _facts_in(text: bytes) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if (found := _FACTS.search(line)) is None:
            continue
        try:
            yield json.loads(found[0])
        except ValueError:
            continue  # a line that was cut when its process was killed


def _kind(values: dict[str, float]) -> str:
    if "last" in values:
        return "level"
    return "time" if "count" in values else "count"
