"""Checks that alerts and workbook look for what exists, and that each alert has a runbook."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checks.infra import source
from checks.log_messages import log_messages

_FILE = "infra/alerts.json"
_WORKBOOK = "infra/workbook.json"
_PAGE = "docs/operations.md"
_NEVER_SAMPLED = {"AppTraces", "AppMetrics", "_LogOperation"}
_PRODUCT = ("shared", "functions")


def names(root: Path) -> set[str]:
    """Return the names of all alerts, as operators see them."""
    declared = _declared(root)
    found = {alert["name"] for kind in ("logs", "metrics") for alert in declared[kind]}
    for file in ("alerts", "budget"):
        text = (root / "infra" / "modules" / f"{file}.bicep").read_text()
        found |= set(re.findall(r"^  name: '(?:alert-)?([a-z-]+)'$", text, re.MULTILINE)) - {
            "ag-notifications"
        }
    return found


def violations(root: Path) -> list[str]:
    """Return one line for everything an alert names that is not there, and for every missing runbook."""
    functions = source.functions(root)
    logged = [message.text for folder in _PRODUCT for message in log_messages(root / folder)]
    return [*_queries(root, functions, logged), *_shown(root, functions, logged), *_runbooks(root)]


def _queries(root: Path, functions: set[str], logged: list[str]) -> Iterator[str]:
    declared = _declared(root)
    for alert in declared["logs"]:
        query = " | ".join(alert["query"])
        for line in _unknown(query, functions, logged):
            yield f"{_FILE}: {alert['name']} looks for {line}"
        if alert["table"] not in set(declared["tables"]) & _NEVER_SAMPLED:
            yield f"{_FILE}: {alert['name']} reads {alert['table']}, which is sampled or has no columns"
        if "Hits" not in query:
            yield f"{_FILE}: {alert['name']} computes no Hits"


def _shown(root: Path, functions: set[str], logged: list[str]) -> Iterator[str]:
    for item in json.loads((root / _WORKBOOK).read_text())["items"]:
        for line in _unknown(item["content"].get("query", ""), functions, logged):
            yield f"{_WORKBOOK}: {item['name']} looks for {line}"


def _unknown(query: str, functions: set[str], logged: list[str]) -> Iterator[str]:
    for name in re.findall(r'"(\w+) (?:Successes|Failures|Count)"', query):
        if name not in functions:
            yield f"a function {name}, which is not there"
    for text in re.findall(r'Message has "([^"]+)"', query):
        if not any(text in line for line in logged):
            yield f"“{text}”, which nothing logs"


def _runbooks(root: Path) -> Iterator[str]:
    page = (root / _PAGE).read_text()
    headings = set(re.findall(r"^#+ Alert ([a-z-]+)$", page, re.MULTILINE))
    for name in sorted(names(root) - headings):
        yield f"{_PAGE}: the alert {name} has no heading “Alert {name}”"
    for name in sorted(headings - names(root)):
        yield f"{_PAGE}: there is no alert {name}"


def _declared(root: Path) -> dict[str, Any]:
    return dict(json.loads((root / _FILE).read_text()))
