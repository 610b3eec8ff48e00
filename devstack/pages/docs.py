"""Shows the pages of docs/ of this checkout, so that reading needs no other program."""

import re
from typing import Any

from aiohttp import web
from markdown_it import MarkdownIt

from devstack.pages.site import Page, Site
from devstack.pages.sources import SourceError
from devstack.project import ROOT

_DOCS = ROOT / "docs"
_OTHER_PAGE = re.compile(r"[\w-]+\.md(#.*)?")
_NOT_A_LETTER = re.compile(r"[^\w -]")


class DocsPage:
    """`/docs/NAME.md`, and the text as JSON."""

    def __init__(self) -> None:
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the pages."""
        site.add(app, Page("/docs/{name}.md", "Documentation", "docs.html", self.view))

    async def view(self, request: web.Request) -> dict[str, Any]:
        """Return a page as HTML, and the names of all pages."""
        pages = {path.stem: path for path in sorted(_DOCS.glob("*.md"))}
        name = request.match_info["name"]
        if name not in pages:
            raise SourceError(404, f"docs/{name}.md does not exist")
        return {"name": name, "names": list(pages), "html": self._html(pages[name].read_text("utf-8"))}

    def _html(self, text: str) -> str:
        tokens = self._markdown.parse(text)
        for number, token in enumerate(tokens):
            if token.type == "heading_open":
                title = _NOT_A_LETTER.sub("", tokens[number + 1].content.lower())
                token.attrSet("id", title.replace(" ", "-"))
            if token.type == "fence":
                token.attrSet("tabindex", "0")
            for child in token.children or ():
                _mend(child.attrs)
        return str(self._markdown.renderer.render(tokens, self._markdown.options, {}))


def _mend(attributes: dict[str, Any]) -> None:
    """Take away links and pictures that lead to other places of the repository."""
    link = str(attributes.get("href", "#"))
    if not (link.startswith(("#", "https://", "http://")) or _OTHER_PAGE.fullmatch(link)):
        del attributes["href"]
    attributes.pop("src", None)
