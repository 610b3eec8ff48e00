"""The metrics page: what the app has counted, as charts and as a table."""

import asyncio
from collections import deque
from contextlib import suppress
from time import time
from typing import Any

from aiohttp import web

from devstack.pages.site import Page, Site
from devstack.pages.sources import SourceError, Sources

_SAMPLE_SECONDS = 5.0
_KEPT_SAMPLES = 360  # half an hour


class MetricsPage:
    """`/metrics`, and its JSON: the newest values, and how they grew while the pages ran."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._samples: deque[tuple[float, dict[str, float]]] = deque(maxlen=_KEPT_SAMPLES)
        self.revision = 0

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        site.add(app, Page("/metrics", "Metrics", "metrics.html", self.view, ("metrics",)))

    async def run(self) -> None:
        """Take a sample now and then, until cancelled; one that is like the last is not kept."""
        while True:
            with suppress(SourceError):
                values = {_name(each): _value(each) for each in await self._metrics()}
                if not self._samples or values != self._samples[-1][1]:
                    self._samples.append((time(), values))
                    self.revision += 1
            await asyncio.sleep(_SAMPLE_SECONDS)

    async def view(self, _request: web.Request) -> dict[str, Any]:
        """Return the metrics, and series of each by name."""
        metrics, stats = await asyncio.gather(self._metrics(), self._sources.control.ask("GET", "/stats"))
        samples = list(self._samples)
        return {
            "metrics": metrics,
            "times": [round(at) for at, _ in samples],
            "series": {
                name: [values.get(name, 0.0) for _, values in samples]
                for name in (samples[-1][1] if samples else {})
            },
            "calls": stats["requests"],
        }

    async def _metrics(self) -> list[dict[str, Any]]:
        """Return what the control API knows of the app's metrics; an app may tell none."""
        answer = await self._sources.control.exchange("GET", "/devstack/metrics")
        return answer.document["metrics"] if answer.status == 200 else []


def _name(metric: dict[str, Any]) -> str:
    labels = ", ".join(str(value) for value in metric["labels"].values())
    return f"{metric['name']} ({labels})" if labels else str(metric["name"])


def _value(metric: dict[str, Any]) -> float:
    """Return what a chart shows: how many, or for a level its last value."""
    if metric["kind"] == "level":
        return float(metric["last"])
    return float(metric["count"] if metric["kind"] == "time" else metric["sum"])
