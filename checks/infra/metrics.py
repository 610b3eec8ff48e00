"""Checks that alerts, workbook and the page for operators name the metrics that the code declares."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_DECLARED = "shared/services/measures.py"
_QUERIES = ("infra/alerts.json", "infra/workbook.json")
_PAGE = "docs/operations.md"
_VALUES = {"name", "count", "sum", "max", "last"}


def violations(root: Path) -> list[str]:
    """Return one line for every metric that is named and not there, and for those that nobody would see."""
    declared = dict(_metrics(root))
    return [*_read(root, declared), *_explained(root, declared)]


def _metrics(root: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield the name and the labels of every metric."""
    for node in ast.walk(ast.parse((root / _DECLARED).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="Metric"), args=[ast.Constant(value=str(name)), *rest]):
                tuples = [part for part in rest if isinstance(part, ast.Tuple)]
                yield name, {str(ast.literal_eval(label)) for part in tuples for label in part.elts}


def _read(root: Path, declared: Mapping[str, set[str]]) -> Iterator[str]:
    shown: set[str] = set()
    labels = _VALUES.union(*declared.values())
    for file in _QUERIES:
        text = (root / file).read_text().replace(r"\"", '"')
        named = {
            name
            for names in re.findall(r'tostring\(M\.name\) (?:== |in \()((?:"\w+"(?:, )?)+)', text)
            for name in re.findall(r"\w+", names)
        }
        shown |= named if file.endswith("workbook.json") else set()
        for name in sorted(named - set(declared)):
            yield f"{file}: there is no metric {name}"
        for label in sorted(set(re.findall(r"\bM\.(\w+)", text)) - labels):
            yield f"{file}: no metric has a label {label}"
    for name in sorted(set(declared) - shown):
        yield f"{_QUERIES[1]}: the metric {name} is not shown"


def _explained(root: Path, declared: Mapping[str, set[str]]) -> Iterator[str]:
    section = re.search(r"^## Metrics$(.*?)^## ", (root / _PAGE).read_text(), re.MULTILINE | re.DOTALL)
    explained = set(re.findall(r"^\| `(\w+)` \|", section[1] if section else "", re.MULTILINE))
    for name in sorted(set(declared) - explained):
        yield f"{_PAGE}: the metric {name} is not explained"
    for name in sorted(explained - set(declared)):
        yield f"{_PAGE}: there is no metric {name}"
