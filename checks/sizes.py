"""Checks that modules, folders, functions and docstrings stay small enough to read in one go."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

PACKAGES = ("shared", "functions", "devstack")
MODULE_LINES = 300
FOLDER_MODULES = 15
FUNCTION_LINES = 60
MEDIAN_DOCSTRING_LINES = 1

type _Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def violations(root: Path) -> list[str]:
    """Return one line for every limit that a package below `root` breaks, each with its place."""
    return [line for package in PACKAGES for line in _of_package(root, package)]


def _of_package(root: Path, package: str) -> Iterator[str]:
    modules = sorted((root / package).rglob("*.py"))
    yield from _crowded_folders(root, modules)
    docstrings: list[int] = []
    for path in modules:
        place, text = path.relative_to(root), path.read_text(encoding="utf-8")
        if (lines := len(text.splitlines())) > MODULE_LINES:
            yield f"{place}: {lines} lines in a module, at most {MODULE_LINES}: split it"
        for node in _definitions(ast.parse(text)):
            yield from _long_function(place, node)
            if (docstring := ast.get_docstring(node)) is not None:
                docstrings.append(len(docstring.splitlines()))
    if docstrings and (middle := median(docstrings)) > MEDIAN_DOCSTRING_LINES:
        yield (
            f"{package}: the median docstring of a function or class has {middle:g} lines,"
            f" at most {MEDIAN_DOCSTRING_LINES}: shorten them"
        )


def _crowded_folders(root: Path, modules: list[Path]) -> Iterator[str]:
    counted = [path.parent for path in modules if path.name != "__init__.py"]
    for folder in sorted(set(counted)):
        if (count := counted.count(folder)) > FOLDER_MODULES:
            place = folder.relative_to(root)
            yield f"{place}: {count} modules in a folder, at most {FOLDER_MODULES}: make rooms"


def _definitions(tree: ast.Module) -> Iterator[_Definition]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def _long_function(place: Path, node: _Definition) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        return
    assert node.end_lineno is not None  # set by ast.parse
    lines = node.end_lineno - node.lineno + 1
    if lines > FUNCTION_LINES:
        yield (
            f"{place}:{node.lineno}: {lines} lines in the function {node.name},"
            f" at most {FUNCTION_LINES}: divide it"
        )
