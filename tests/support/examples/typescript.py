"""Checks TypeScript examples with the strict rules and translates them for Node.js."""

import subprocess
from functools import cache
from pathlib import Path

from devstack.errors import DevstackError
from devstack.npm.node import Node, find_node
from devstack.npm.packages import Packages
from devstack.project import HOME

_HERE = Path(__file__).with_name("compiler")
_COMPILER = Packages("the TypeScript compiler", _HERE, HOME / "typescript")


@cache
def node() -> Node | None:
    """Return Node.js with the compiler in place, None where one of them cannot be had."""
    try:
        _COMPILER.install()
        return find_node(install=False)
    except DevstackError:
        return None


def translate(source: Path) -> Path:
    """Write the JavaScript of a TypeScript file beside it; AssertionError with what breaks a rule."""
    found = node()
    assert found is not None
    target = source.with_suffix(".mjs")
    command = [found.node, *map(str, (_HERE / "compile.cjs", source, target, _COMPILER.modules))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{source.name} does not compile: {done.stderr}"
    return target
