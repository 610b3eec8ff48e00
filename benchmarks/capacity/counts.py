"""The counts that the model starts from: read from results of `make bench`, kept in `counts.json`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.capacity.model import CHANNELS

COUNTS = Path(__file__).with_name("counts.json")


def from_results(flex: Mapping[str, Any], real: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts of a result in the Flex layout and of one on the real host, which has the CPU.

    Raises ValueError if a result has not been measured that way.
    """
    if "flex" not in flex.get("layouts", ()):
        raise ValueError("the first result has no Flex layout: run `make bench FLEX=1`")
    if real.get("host") != "real":
        raise ValueError("the second result is not of the real host: run `make bench HOST=real`")
    counted, measured = _values(flex, in_flex=True), _values(real, in_flex=False)
    found: dict[str, Any] = {
        "countedAt": str(flex["at"])[:10],
        "cpuMeasuredAt": str(real["at"])[:10],
        "intakeCpuMs": round(measured["CPU of the app per order"], 1),
    }
    for channel in CHANNELS:
        found[channel] = {
            "tableCallsAlone": round(counted[f"{channel}: table calls, alone"], 2),
            "tableCallsUnderLoad": round(counted[f"{channel}: table calls, under load"], 2),
            "messagesAlone": round(counted[f"{channel}: queue messages, alone"], 2),
            "messagesUnderLoad": round(counted[f"{channel}: queue messages, under load"], 2),
            "cpuMs": round(measured[f"{channel}: CPU of the app"], 1),
        }
    return found


def _values(result: Mapping[str, Any], *, in_flex: bool) -> dict[str, float]:
    beside = in_flex and len(result["layouts"]) > 1
    return {
        figure["name"]: figure["flex"] if beside and figure["flex"] is not None else figure["value"]
        for figure in result["figures"]
    }


def read_counts() -> dict[str, Any]:
    """Return the kept counts."""
    found: dict[str, Any] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return found
