"""Checks the syntax of Bicep files without the Bicep compiler; it knows nothing of types and resources.

`python -m checks.bicep FOLDER…` prints file:line:column of every mistake.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser


@dataclass(frozen=True, slots=True)
class Mistake:
    """Where a file cannot be read as Bicep; line and column count from 1."""

    line: int
    column: int
    text: str


def mistakes_in(source: bytes) -> list[Mistake]:
    """Return the syntax errors of one file in the order of the text."""
    tree = Parser(Language(tree_sitter_bicep.language())).parse(source)
    return [_mistake(node) for node in _broken(tree.root_node)]


def check(folders: list[Path]) -> int:
    """Print the mistakes of every Bicep file below the folders; returns how many there are."""
    files = sorted(file for folder in folders for file in folder.rglob("*.bicep"))
    count = 0
    for file in files:
        for mistake in mistakes_in(file.read_bytes()):
            print(f"{file}:{mistake.line}:{mistake.column}: {mistake.text}")
            count += 1
    print(f"Bicep syntax: {len(files)} files, {count} mistakes")
    return count


def _broken(node: Node) -> Iterator[Node]:
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from _broken(child)


def _mistake(node: Node) -> Mistake:
    row, column = node.start_point
    text = f"missing {node.type}" if node.is_missing else "cannot be read as Bicep"
    return Mistake(row + 1, column + 1, text)


if __name__ == "__main__":
    sys.exit(1 if check([Path(folder) for folder in sys.argv[1:]]) else 0)
