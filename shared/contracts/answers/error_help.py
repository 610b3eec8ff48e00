"""The page that the `Link` of every error leads to: its cause and its cure.

The texts are in `error_help.json`, by the code of the error or, where it has none, by its status. Those in
backticks are code. `docs/errors.md` has the same texts.
"""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import TypedDict

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:44rem;padding:0 1rem}"
    "code{background:#eee;padding:0 .2rem}:target{background:#ffd}"
)


class ErrorHelp(TypedDict):
    """What a caller should know about one error; `name` is its code or status."""

    name: str
    title: str
    cause: str
    cure: str


@cache
def explained_errors() -> tuple[ErrorHelp, ...]:
    """Return what is known of all errors."""
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    return tuple(json.loads(text))


@cache
def errors_page() -> bytes:
    """Return the page as HTML; the section of an error is found by its name in lower case."""
    sections = "".join(map(_section, explained_errors()))
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Errors</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>Errors</h1>{sections}</body></html>"
    ).encode()


def _section(error: ErrorHelp) -> str:
    heading = f"<h2>{escape(error['name'])}</h2><p><strong>{_text(error['title'])}</strong></p>"
    texts = f"<p>Cause: {_text(error['cause'])}</p><p>Cure: {_text(error['cure'])}</p>"
    return f'<section id="{escape(error["name"].lower())}">{heading}{texts}</section>'


def _text(text: str) -> str:
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
