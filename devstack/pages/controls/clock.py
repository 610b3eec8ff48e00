"""The clock page: what time it is, whether SMS are sent now, and buttons that move the time of everything."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from devstack.pages.controls.send_window import SendWindow, next_clock_changes
from devstack.pages.formats import OSLO, instant, oslo
from devstack.pages.site import JSON_BASE, Page, Site, said
from devstack.pages.sources import SourceError, Sources
from devstack.pages.stored_rows import next_agenda_row

_FIRST_LEAVE_WITHIN = timedelta(hours=1)
_PULSE = "pulse"  # ticks every minute and carries no work
_NUMBERS = ("advanceSeconds",)
_FLAGS = ("reset", "freeze", "run")


class ClockPage:
    """`/clock`, its JSON, and `POST /devstack/clock`, which also knows `to`: `window`, `due`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._window = SendWindow(*sources.config.window)
        self._site: Site | None = None

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        self._site = site
        site.add(app, Page("/clock", "Clock", "clock.html", self.view, ("clock", "queues", "outbox")))
        app.router.add_get("/clock/badge", self._badge)
        app.router.add_post(f"{JSON_BASE}/clock", self._move)

    async def view(self, _request: web.Request) -> dict[str, Any]:
        """Return the time, the window, what is due next, and the nights of clock changes."""
        clock, due = await asyncio.gather(self.now(), self._next_due())
        now = instant(clock["now"])
        changes = next_clock_changes(now)
        return {
            **clock,
            "nextDue": due,
            "clockChanges": [
                {"at": c.at.isoformat(), "hourBefore": c.hour_before.isoformat(), "hoursOfDay": c.hours}
                for c in changes
            ],
        }

    async def now(self) -> dict[str, Any]:
        """Return the time and the window."""
        clock = dict(await self._sources.control.ask("GET", "/clock"))
        now = instant(clock["now"])
        return {
            **clock,
            "window": {
                "open": self._window.is_open(now),
                "opens": self._window.opens,
                "closes": self._window.closes,
                "nextOpening": self._window.next_opening(now).isoformat(),
                "nextClosing": self._window.next_closing(now).isoformat(),
            },
        }

    async def _badge(self, request: web.Request) -> web.Response:
        assert self._site is not None
        return self._site.render(request, "clock_badge.html", await self.now())

    async def _move(self, request: web.Request) -> web.Response:
        wish = await _wish(request)
        match wish:
            case {"to": "window"}:
                wish = {"set": await self._next_window()}
            case {"to": "due"}:
                if (due := await self._next_due()) is None:
                    raise SourceError(409, "nothing waits for its time")
                wish = {"set": due["at"]}
        clock = await self._sources.control.ask("POST", "/clock", wish)
        stands = " Time stands still." if clock["frozen"] else ""
        return said(clock, f"It is {oslo(clock['now'])} in Oslo.{stands}")

    async def _next_window(self) -> str:
        """Return when the window opens next, or when the first SMS of those held until then leaves.

        They leave one after another, and the first may have a place some minutes behind the opening.
        """
        opening = str((await self.now())["window"]["nextOpening"])
        first = await next_agenda_row(self._sources.tables, instant(opening))
        held = first is not None and instant(first["at"]) <= instant(opening) + _FIRST_LEAVE_WITHIN
        return str(first["at"]) if first is not None and held else opening

    async def _next_due(self) -> dict[str, Any] | None:
        rows, messages = await asyncio.gather(next_agenda_row(self._sources.tables), self._scheduled())
        return min([*([rows] if rows else []), *messages], key=lambda each: instant(each["at"]), default=None)

    async def _scheduled(self) -> list[dict[str, Any]]:
        queues = await self._sources.queues.ask("GET", "/queues")
        found = []
        for name, counts in queues.items():
            if counts["scheduled"] and name != _PULSE:
                path = f"/queues/{name}/peek?state=scheduled"
                messages = await self._sources.queues.ask("GET", path)
                first = min(message["scheduledFor"] for message in messages)
                found.append({"at": first, "what": f"a message on the queue {name}"})
        return found


async def _wish(request: web.Request) -> dict[str, Any]:
    """Read what a form or a program wants; forms send text."""
    try:
        document = await request.json()
        wish = {name: value for name, value in document.items() if value not in (None, "")}
        wish |= {name: float(wish[name]) for name in _NUMBERS if name in wish}
        wish |= {name: str(wish[name]).lower() == "true" for name in _FLAGS if name in wish}
        if "setOslo" in wish:  # of a form: local time in Oslo, without offset
            wish["set"] = _from_oslo(str(wish.pop("setOslo"))).isoformat()
    except (ValueError, AttributeError) as error:
        raise SourceError(400, f"this cannot be read: {error}") from None
    return wish


def _from_oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)
