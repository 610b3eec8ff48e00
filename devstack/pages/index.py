"""The first page: what there is, and where everything listens."""

from typing import Any

from aiohttp import web

from devstack.pages.site import JSON_BASE, MENU, Page, Site
from devstack.pages.sources import Sources

_API = "/notifications/api/v1"


class IndexPage:
    """`/`, and `GET /devstack/`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the page."""
        site.add(app, Page("/", "Local cloud", "index.html", self.view, ("outbox", "queues")))

    async def view(self, _request: web.Request) -> dict[str, Any]:
        """Return the links, counts, and addresses."""
        config = self._sources.config
        outbox = await self._sources.control.ask("GET", "/messages?count=5")
        return {
            "pages": [
                {"path": item.path, "title": item.title, "about": item.about, "json": JSON_BASE + item.path}
                for item in MENU
            ],
            "messages": outbox["total"],
            "newest": outbox["messages"],
            "api": config.api,
            "apiPage": f"{config.api}{_API}/docs",
            "openapi": f"{config.api}{_API}/openapi.json",
            "control": config.control,
        }
