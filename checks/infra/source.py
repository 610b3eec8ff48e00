"""What the code says about itself, read from its source without running it."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

_SETTING = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*|[A-Z]\w+Connection")
_READERS = ("_read", "_hidden", "_number", "_seconds", "_choice")
_TRIGGER = re.compile(r"\w+_trigger")


def settings_read(root: Path) -> set[str]:
    """Return the settings that shared/app/settings.py reads, connections under their plain name."""
    found = set()
    for node in ast.walk(_tree(root / "shared" / "app" / "settings.py")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _READERS:
            texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
            found |= {text for text in texts[:1] if isinstance(text, str) and _SETTING.fullmatch(text)}
    return found


def sample_settings(root: Path) -> dict[str, str]:
    """Return the settings of local.settings.sample.json."""
    return dict(json.loads((root / "local.settings.sample.json").read_text())["Values"])


def tables(root: Path) -> tuple[str, ...]:
    """Return the tables of shared/storage/keys.py in their order."""
    return _tuple(root / "shared" / "storage" / "keys.py", "TABLES")


def queues_of_work(root: Path) -> tuple[str, ...]:
    """Return the queues that carry work, in their order."""
    return _tuple(root / "shared" / "records" / "queues.py", "QUEUES")


def queues(root: Path) -> tuple[str, ...]:
    """Return all queues: those of work, then the pulse."""
    return (*queues_of_work(root), _constants(root / "shared" / "records" / "queues.py")["PULSE"])


def queue(root: Path, name: str) -> str:
    """Return the name of the queue that a constant of shared/records/queues.py has."""
    return _constants(root / "shared" / "records" / "queues.py")[name]


def functions(root: Path) -> set[str]:
    """Return the functions that a host would index, but for HTTP endpoints."""
    found = {f"record_dead_{name.replace('-', '_')}" for name in queues_of_work(root)}
    for path in (root / "functions").glob("*.py"):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.AsyncFunctionDef) and any(map(_is_trigger, node.decorator_list)):
                found.add(node.name)
    return found - {"record_dead_letter"}  # stands for one function of each queue


def settings_of_triggers(root: Path) -> set[str]:
    """Return the settings that triggers name as %SETTING%."""
    text = "\n".join(path.read_text() for path in (root / "functions").rglob("*.py"))
    return set(re.findall(r'"%(\w+)%"', text))


def _is_trigger(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _TRIGGER.fullmatch(node.func.attr) is not None
    )


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _assignments(path: Path) -> Iterator[tuple[str, ast.expr]]:
    for node in _tree(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _constants(path: Path) -> dict[str, str]:
    return {
        name: value.value
        for name, value in _assignments(path)
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def _tuple(path: Path, name: str) -> tuple[str, ...]:
    constants = _constants(path)
    [parts] = [value for found, value in _assignments(path) if found == name and isinstance(value, ast.Tuple)]
    return tuple(constants[part.id] for part in parts.elts if isinstance(part, ast.Name))
