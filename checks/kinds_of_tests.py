"""Checks that no kind of test imports from another, and no module from a test: what several need is support.

The tests of the local cloud and of the checks, which are beside them, import nothing of the product.
import-linter cannot check this: the folders of tests are not packages, so its graph does not contain them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = "tests"
NOT_KINDS = ("support", "events")
ALONE = ("devstack", "checks")
PRODUCT = ("shared", "functions", "function_app", TESTS)


def violations(root: Path) -> list[str]:
    """Return one line for every import that a test must not make, with its place."""
    folders = (root / TESTS, *(root / package / TESTS for package in ALONE))
    return [
        *_between_kinds(root),
        *(line for folder in folders for line in _from_tests(root, folder)),
        *(line for package in ALONE for line in _of_product(root, package)),
    ]


def _between_kinds(root: Path) -> list[str]:
    kinds = _kinds(root)
    return [
        f"{path.relative_to(root)}:{line}: imports from tests/{target}; move what is shared to tests/support"
        for path in sorted((root / TESTS).rglob("*.py"))
        for line, module in _imports(ast.parse(path.read_text(encoding="utf-8")))
        if (target := _kind_of(module)) in kinds and target != path.relative_to(root / TESTS).parts[0]
    ]


def _from_tests(root: Path, folder: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{line}: imports from {module}; move what is shared to a support module"
        for path in sorted(folder.rglob("*.py"))
        for line, module in _imports(ast.parse(path.read_text(encoding="utf-8")))
        if TESTS in module.split(".") and module.rpartition(".")[2].startswith(("test_", "conftest"))
    ]


def _of_product(root: Path, package: str) -> list[str]:
    return [
        f"{path.relative_to(root)}:{line}: imports {module}; tests of {package} know nothing of the product"
        for path in sorted((root / package / TESTS).rglob("*.py"))
        for line, module in _imports(ast.parse(path.read_text(encoding="utf-8")))
        if module.partition(".")[0] in PRODUCT
    ]


def _kinds(root: Path) -> set[str]:
    return {folder.name for folder in (root / TESTS).iterdir() if folder.is_dir()} - {*NOT_KINDS}


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), level=0) if module != TESTS:
                yield node.lineno, module
            case ast.ImportFrom(module=str(), level=0, names=names):
                yield from ((node.lineno, f"{TESTS}.{name.name}") for name in names)
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)


def _kind_of(module: str) -> str | None:
    match module.split("."):
        case [first, kind, *_] if first == TESTS:
            return kind
        case _:
            return None
