"""The scenarios page: plays typical uses, tells each step with links, and ends with a verdict."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from devstack.pages.site import JSON_BASE, Page, Site, said
from devstack.pages.sources import SourceError, Sources
from devstack.scenarios.plays import PLAYS, Verdict, play
from devstack.scenarios.stage import Step


@dataclass(slots=True)
class _Playing:
    steps: list[Step] = field(default_factory=list)
    verdict: Verdict | None = None


class ScenariosPage:
    """`/scenarios`, its JSON, and `POST /devstack/scenarios/NAME`. One is played at a time."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._last: dict[str, _Playing] = {}
        self._task: asyncio.Task[None] | None = None
        self.revision = 0

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        site.add(app, Page("/scenarios", "Scenarios", "scenarios.html", self.view, ("scenarios",)))
        app.router.add_post(f"{JSON_BASE}/scenarios/{{name}}", self._play)

    async def view(self, _request: web.Request) -> dict[str, Any]:
        """Return all scenarios, with the steps and the verdict of the last time that each was played."""
        return {
            "busy": self._is_busy(),
            "scenarios": [
                {
                    "name": name,
                    "title": one.title,
                    "about": one.about,
                    "of": one.steps,
                    **self._told(self._last.get(name)),
                }
                for name, one in PLAYS.items()
            ],
        }

    def _told(self, playing: _Playing | None) -> dict[str, Any]:
        if playing is None:
            return {"state": "not played", "steps": [], "verdict": None}
        verdict = playing.verdict
        state = "playing" if verdict is None else "good" if verdict.good else "bad"
        steps = [{"text": step.text, "link": step.link} for step in playing.steps]
        return {"state": state, "steps": steps, "verdict": verdict and verdict.text}

    def _is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _play(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in PLAYS:
            raise SourceError(404, "no such scenario")
        if self._is_busy():
            raise SourceError(409, "another scenario is being played")
        self._task = asyncio.create_task(self._playing(name))
        return said({"playing": name}, f"“{PLAYS[name].title}” begins.", 202)

    async def _playing(self, name: str) -> None:
        config, loop = self._sources.config, asyncio.get_running_loop()
        self._last[name] = playing = _Playing()

        def tell(step: Step) -> None:  # in the thread of the scenario
            loop.call_soon_threadsafe(self._add, playing, step)

        self.revision += 1
        verdict = await asyncio.to_thread(play, name, api=config.api, control=config.control, tell=tell)
        playing.verdict = verdict
        self.revision += 1

    def _add(self, playing: _Playing, step: Step) -> None:
        playing.steps.append(step)
        self.revision += 1
