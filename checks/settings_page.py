"""Writes docs/settings.md from the code, and checks that it is current.

What a setting may hold and its default come from shared/app/settings.py, its meaning from
local.settings.sample.json. `python -m checks.settings_page` writes the page.
"""

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from checks.infra import source
from checks.infra.settings import LOCAL_ONLY

PAGE = Path("docs", "settings.md")
COMMAND = ".venv/bin/python -m checks.settings_page"
_SETTINGS = Path("shared", "app", "settings.py")
_SAMPLE = Path("local.settings.sample.json")
_DECLARE = ("_read", "_hidden")
_RANGES = {"_number": "", "_seconds": " seconds", "_days": " days"}
_NEEDED = {"_text", "_some_names", "_secret", "_connection"}
_INTRODUCTION = f"""# Settings

All settings of the app. This page is made from the code by `{COMMAND}`;
`make check` fails when it is not current.

A setting is an environment variable, in Azure an app setting of the function app. The template
`infra/modules/function_app.bicep` gives each its value, and [deployment](deployment.md) says which parameter
changes it. The local cloud takes the values of `local.settings.json`, else those of
`local.settings.sample.json`; a variable of its own environment replaces them. The app does not start with a
setting that is missing or cannot be read, and the log names it.
"""
_OPTIONAL = "A setting that is missing or empty has its default. *Secret* values belong in a vault."
_HOST = "The Functions host and its triggers read these. Their values are those of the sample file."
_OF_THE_SAMPLE = "sample"  # the default of a choice is not written as a constant
_LOCAL = "The app refuses to start with these in Azure."


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting as the code reads it: the words of its `holds` column and its default, None without one."""

    name: str
    holds: str
    default: str | None


def violations(root: Path) -> list[str]:
    """Return one line when the page is not what the code says."""
    page = root / PAGE
    if page.exists() and page.read_text(encoding="utf-8") == text(root):
        return []
    return [f"{PAGE}: is not current; write it with `{COMMAND}`"]


def text(root: Path) -> str:
    """Return the page."""
    sample = json.loads((root / _SAMPLE).read_text(encoding="utf-8"))
    values, meanings = sample["Values"], sample["Explanations"]
    found = {each.name: each for each in _declared(ast.parse((root / _SETTINGS).read_text(encoding="utf-8")))}
    ours = [_with_default(found[name], values[name]) for name in values if name in found]
    here = [each for each in ours if each.name not in LOCAL_ONLY]
    host = [Declared(name, "text", _shown(values[name])) for name in values if name not in found]
    missing = sorted(source.settings_read(root) - set(found))
    if missing:
        raise ValueError(f"{_SETTINGS}: the page cannot tell what {missing} may hold")
    sections = (
        ("Needed", "The app does not start without these.", [each for each in here if each.default is None]),
        ("With a default", _OPTIONAL, [each for each in here if each.default is not None]),
        ("Of the Functions host", _HOST, host),
        ("Of a local cloud only", _LOCAL, [each for each in ours if each.name in LOCAL_ONLY]),
    )
    return "\n".join([_INTRODUCTION, *(_section(*section, meanings) for section in sections)])


def _section(title: str, words: str, settings: list[Declared], meanings: dict[str, str]) -> str:
    rows = [
        f"| `{each.name}` | {each.holds} | {each.default or 'none'} | {meanings[each.name]} |"
        for each in settings
    ]
    head = ["| Setting | Holds | Default | Meaning |", "|---|---|---|---|"]
    return "\n".join([f"## {title}", "", words, "", *head, *rows, ""])


def _declared(tree: ast.Module) -> Iterator[Declared]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        arguments = [_constant(part) for part in node.args]
        if node.func.id in _DECLARE and len(arguments) > 1:
            reader = node.args[0]
            if isinstance(reader, ast.Name):
                yield _setting(reader.id, arguments[1:], hidden=node.func.id == "_hidden")
        elif len(arguments) > 1 and node.func.id in (*_RANGES, "_choice") and arguments[1] is not None:
            yield _setting(node.func.id, arguments[1:], hidden=False)


def _setting(reader: str, arguments: list[object], *, hidden: bool) -> Declared:
    name, more = str(arguments[0]), arguments[1:]
    secret = ", secret" if hidden or reader == "_connection" else ""
    match reader, more:
        case (("_number" | "_seconds" | "_days"), [default, low, high]):
            return Declared(name, f"{_grouped(low)} to {_grouped(high)}{_RANGES[reader]}", _grouped(default))
        case "_text", [_, default]:
            return Declared(name, f"text{secret}", _shown(str(default)))
        case "_choice", _:
            return Declared(name, "a choice", _OF_THE_SAMPLE)
        case "_flag", _:
            return Declared(name, "true or false", "`false`")
        case (("_names" | "_some_names" | "_creators"), _):
            return Declared(name, "names, separated by commas", None if reader in _NEEDED else "empty")
        case _:
            return Declared(name, f"text{secret}", None if reader in _NEEDED else "empty")


def _with_default(setting: Declared, in_sample: str) -> Declared:
    return replace(setting, default=_shown(in_sample)) if setting.default == _OF_THE_SAMPLE else setting


def _shown(value: str) -> str:
    return f"`{value}`" if value else "empty"


def _grouped(number: object) -> str:
    return f"{number:_}".replace("_", " ") if isinstance(number, int) else str(number)


def _constant(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.BinOp(ast.Constant(int(base)), ast.Pow(), ast.Constant(int(power))):
            return base**power
        case _:
            return None


def main() -> int:
    """Write the page of this repository."""
    root = Path(__file__).resolve().parents[1]
    (root / PAGE).write_text(text(root), encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
