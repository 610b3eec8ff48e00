"""The messages that the code writes to the log, read from its source; values in them are shown as `…`."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ANY = "…"
_LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
_PLACEHOLDER = re.compile(r"%[-#0 +]*\d*(\.\d+)?[a-z]")


@dataclass(frozen=True, slots=True)
class LogMessage:
    """One message; the host logs what a trigger raises as an error, so texts of exceptions count too."""

    text: str
    is_error: bool

    def contains(self, documented: str) -> bool:
        """Whether this message has the documented text in it; `…` stands for any value."""
        parts = [re.escape(part.strip()) for part in documented.split(ANY)]
        return re.search(".+".join(parts), self.text) is not None


def log_messages(folder: Path) -> list[LogMessage]:
    """Return the messages of all modules below a folder."""
    return [
        message
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for message in _messages(node)
    ]


def _messages(node: ast.AST) -> Iterator[LogMessage]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=logger), attr=level), args=[first, *_]) if (
            logger in ("_log", "log", "logger") and level in _LEVELS
        ):
            yield from _texts(first, is_error=level in ("error", "exception", "critical"))
        case ast.Raise(exc=ast.Call(args=[first, *_])):
            yield from _texts(first, is_error=True)


def _texts(node: ast.expr, *, is_error: bool) -> Iterator[LogMessage]:
    match node:
        case ast.Constant(value=str(text)):
            yield LogMessage(_PLACEHOLDER.sub(ANY, text), is_error)
        case ast.JoinedStr(values=values):
            parts = [str(part.value) if isinstance(part, ast.Constant) else ANY for part in values]
            yield LogMessage("".join(parts), is_error)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, is_error=is_error)
            yield from _texts(orelse, is_error=is_error)
