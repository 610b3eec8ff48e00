"""Checks that the unit test of a module is found by its name.

A module of the rooms below has a test in the same place under `tests/unit`. A test there is named for its
module, with a topic behind the name if there is more than one: `test_send_messages_limits.py`.
"""

from collections.abc import Iterator
from pathlib import Path, PurePath

PRODUCT = "shared"
ROOMS = ("domain", "services")
UNIT_TESTS = PurePath("tests", "unit")


def violations(root: Path) -> list[str]:
    """Return one line for every module without a test, and for every test without a module."""
    return [line for room in ROOMS for line in _of_room(root, room)]


def _of_room(root: Path, room: str) -> Iterator[str]:
    modules = {
        path.relative_to(root / PRODUCT).with_suffix("")
        for path in (root / PRODUCT / room).rglob("*.py")
        if path.name != "__init__.py"
    }
    tests = {
        path.relative_to(root / UNIT_TESTS).with_suffix("")
        for path in (root / UNIT_TESTS / room).rglob("test_*.py")
    }
    for module in sorted(modules):
        if (test := module.with_name(f"test_{module.name}")) not in tests:
            yield f"{PRODUCT}/{module}.py: has no unit test {UNIT_TESTS / test}.py"
    for test in sorted(tests):
        if not any(_is_of(test, module) for module in modules):
            yield f"{UNIT_TESTS / test}.py: is named for no module of {PRODUCT}/{test.parent}"


def _is_of(test: PurePath, module: PurePath) -> bool:
    name = test.name.removeprefix("test_")
    return test.parent == module.parent and (name == module.name or name.startswith(f"{module.name}_"))
