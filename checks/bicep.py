"""Checks Bicep files: their syntax always, and what the official compiler says of them where there is one.

`python -m checks.bicep FOLDER…` prints file:line:column of every mistake. The compiler is $BICEP or a `bicep`
on PATH; a `main.bicep` in a folder is compiled with all it uses, under the rules of the `bicepconfig.json`
beside it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_NO_COMPILER = (
    "Bicep compiler: left out, because neither $BICEP nor a bicep on PATH is the official one; syntax only"
)
_OFFICIAL = "Bicep CLI version"
_DIAGNOSTIC = re.compile(r"\(\d+,\d+\) : (Error|Warning) ")


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


def compiler() -> str | None:
    """Return the path of the official Bicep compiler, if this machine has it."""
    path = shutil.which(os.environ.get("BICEP") or "bicep")
    if path is None:
        return None
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return None
    return path if _OFFICIAL in said else None


def compiled(main: Path, bicep: str) -> list[str]:
    """Return every error and warning of a file and what it uses; how the compiler ended counts as well."""
    ran = subprocess.run([bicep, "lint", str(main)], capture_output=True, text=True, check=False)  # noqa: S603
    lines = (ran.stdout + ran.stderr).splitlines()
    found = [line for line in lines if _DIAGNOSTIC.search(line)]
    if ran.returncode and not found:
        found = [f"{main}: the compiler ended with {ran.returncode}: {' '.join(lines)}"]
    return found


def check(folders: list[Path]) -> int:
    """Print the mistakes of every Bicep file below the folders; returns how many there are."""
    files = sorted(file for folder in folders for file in folder.rglob("*.bicep"))
    count = 0
    for file in files:
        for mistake in mistakes_in(file.read_bytes()):
            print(f"{file}:{mistake.line}:{mistake.column}: {mistake.text}")
            count += 1
    print(f"Bicep syntax: {len(files)} files, {count} mistakes")
    return count + _compile([folder / "main.bicep" for folder in folders if (folder / "main.bicep").exists()])


def _compile(mains: list[Path]) -> int:
    bicep = compiler()
    if bicep is None:
        print(_NO_COMPILER)
        return 0
    found = [line for main in mains for line in compiled(main, bicep)]
    print(
        "\n".join([*found, f"Bicep compiler: {len(mains)} files compiled, {len(found)} errors and warnings"])
    )
    return len(found)


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
