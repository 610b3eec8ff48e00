"""Checks that the files, folders and links that the documentation names exist."""

import re
from collections.abc import Iterator
from pathlib import Path

from checks.pages import Page, pages_of

_PATH = re.compile(r"\.?[\w.-]+(?:/[\w.*-]*)+|[\w-]+\.(?:py|bicep|md|toml|cjs)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_MADE_LATER = (".devstack/", ".venv/", "benchmarks/results/", "local.settings.json")


def violations(root: Path) -> list[str]:
    """Return one line for every path or link on a page that leads nowhere."""
    names = _names(root)
    return [line for page in pages_of(root) for line in (*_paths(root, page, names), *_links(root, page))]


def _names(root: Path) -> set[str]:
    tops = [path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return {path.name for top in tops for path in top.rglob("*")} | {path.name for path in root.iterdir()}


def _paths(root: Path, page: Page, names: set[str]) -> Iterator[str]:
    place = page.path.relative_to(root)
    for line, text in page.quoted():
        path = text.partition("::")[0]
        if not _PATH.fullmatch(path) or path.startswith(_MADE_LATER):
            continue
        first = path.partition("/")[0]
        if "/" not in path:
            exists = path in names
        elif (root / first).is_dir():
            exists = any(root.glob(path.rstrip("/")))
        else:
            continue  # a route of the API, or a path below another folder
        if not exists:
            yield f"{place}:{line}: there is no {path}"


def _links(root: Path, page: Page) -> Iterator[str]:
    place = page.path.relative_to(root)
    for match in _LINK.finditer(page.prose):
        if "://" in match[1]:
            continue
        file, _, anchor = match[1].partition("#")
        target = page.path.parent / file if file else page.path
        if not target.exists():
            yield f"{place}:{page.line_of(match)}: the link leads to {file}, which is not there"
        elif anchor and anchor not in _anchors(target.read_text(encoding="utf-8")):
            yield f"{place}:{page.line_of(match)}: {target.name} has no heading #{anchor}"


def _anchors(text: str) -> set[str]:
    return {_anchor(match[1]) for match in _HEADING.finditer(text)}


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")
