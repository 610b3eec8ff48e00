"""Checks that `docs/errors.md` explains every error as the service does; run alone, it writes the page."""

import json
import re
import textwrap
from pathlib import Path

PAGE = Path("docs", "errors.md")
_CODES = Path("shared", "contracts", "answers", "problems.py")
_TEXTS = Path("shared", "contracts", "answers", "error_help.json")
_CODE = re.compile(r"\"(NOT-\d+)\"")
_WIDTH = 128
_BEGIN = (
    "Every error of the API by its code, or by its status where it has no code. The header `Link` of an error"
    ' (`rel="help"`) leads to the same texts on a page of the service.'
)
_END = "This page is made from `error_help.json` by `python -m checks.errors_page`."


def violations(root: Path) -> list[str]:
    """Return one line for every code that is not explained, and one if the page has other texts."""
    explained = {error["name"] for error in _errors(root)}
    codes = _CODE.findall((root / _CODES).read_text(encoding="utf-8"))
    found = [f"{_TEXTS}: nothing about {code}" for code in codes if code not in explained]
    found += [
        f"{_TEXTS}: no answer has the code {name}"
        for name in sorted(explained - set(codes))
        if not name.isdigit()
    ]
    page = root / PAGE
    if not page.exists() or page.read_text(encoding="utf-8") != _page(root):
        found.append(f"{PAGE} does not explain the errors: run python -m checks.errors_page")
    return found


def write(root: Path) -> None:
    """Write the page."""
    (root / PAGE).write_text(_page(root), encoding="utf-8")


def _page(root: Path) -> str:
    paragraphs = ["# Errors", _BEGIN, _END]
    for error in _errors(root):
        paragraphs += [f"## {error['name']}", f"**{error['title']}**"]
        paragraphs += [f"Cause: {error['cause']}", f"Cure: {error['cure']}"]
    return "\n\n".join(map(_wrapped, paragraphs)) + "\n"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _errors(root: Path) -> list[dict[str, str]]:
    errors: list[dict[str, str]] = json.loads((root / _TEXTS).read_text(encoding="utf-8"))
    return errors


if __name__ == "__main__":
    write(Path(__file__).resolve().parents[1])
