"""Turns documents into pages: each page is a function that returns JSON, and a template that shows it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from devstack.pages import formats
from devstack.pages.sources import SourceError

JSON_BASE = "/devstack"
STATIC = Path(__file__).with_name("static")
_TEMPLATES = Path(__file__).with_name("templates")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",
    "Cache-Control": "no-store",
}

type View = Callable[[web.Request], Awaitable[dict[str, Any]]]
type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its path, its title, what it shows, and the topics whose news refresh it.

    `fixed` keeps what somebody has typed: such a page is not refreshed as a whole.
    """

    path: str
    title: str
    template: str
    view: View
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A link of the menu, with what it leads to."""

    path: str
    title: str
    about: str


MENU = (
    MenuItem("/outbox", "Outbox", "What people received: e-mails and SMS, as they would see them."),
    MenuItem("/orders", "Orders", "One order on one time axis, with the stored rows behind it."),
    MenuItem(
        "/compose", "Compose", "Place an order of any kind; see before what would happen; get it as curl."
    ),
    MenuItem("/scenarios", "Scenarios", "Play a typical use from beginning to end, with a verdict."),
    MenuItem("/clock", "Clock", "Move the time of everything, or let it stand still."),
    MenuItem("/faults", "Faults", "Make a part misbehave."),
    MenuItem("/queues", "Queues", "Depth, what is scheduled or locked, dead letters."),
    MenuItem("/people", "People", "Who is registered, and what each of them shows."),
    MenuItem("/webhooks", "Webhooks", "Be told after: attempts, signatures, faults, replay."),
    MenuItem("/metrics", "Metrics", "Charts of what the service counts."),
)


class Site:
    """The templates, and how pages and their JSON are served."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= formats.FILTERS
        self._environment.globals |= {"menu": MENU}

    def add(self, app: web.Application, page: Page) -> None:
        """Serve a page, and what it shows as JSON under the same path below /devstack."""

        async def as_html(request: web.Request) -> web.Response:
            return self.render(request, page.template, await page.view(request), page=page)

        async def as_json(request: web.Request) -> web.Response:
            return web.json_response(await page.view(request))

        app.router.add_get(page.path, as_html)
        app.router.add_get(JSON_BASE + page.path, as_json)

    def render(
        self, request: web.Request, template: str, document: dict[str, Any], **more: Any
    ) -> web.Response:
        """Answer with a template that shows the document as `doc`."""
        html = self._environment.get_template(template).render(
            doc=document, here=request.path_qs, path=request.path, **more
        )
        return web.Response(text=html, content_type="text/html")

    @web.middleware
    async def explain_errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Say why a part refuses, or what makes no sense: to programs as {"error": text}, else as a page."""
        try:
            return await handler(request)
        except SourceError as error:
            if "HX-Request" in request.headers or request.path.startswith(JSON_BASE):
                return web.json_response({"error": str(error)}, status=error.status)
            page = Page(request.path, "Not found", "error.html", _nothing)
            response = self.render(request, page.template, {"error": str(error)}, page=page)
            response.set_status(error.status)
            return response


async def _nothing(_request: web.Request) -> dict[str, Any]:
    return {}


def said(document: object, text: str, status: int = 200) -> web.Response:
    """Answer a change: JSON for programs, and a sentence that the page shows."""
    response = web.json_response(document, status=status)
    response.headers["X-Said"] = quote(text)
    return response


@web.middleware
async def harden(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let no page load or run anything of another site, and no other site show a page."""
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(_HEADERS)
        raise
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
    return response
