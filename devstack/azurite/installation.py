"""Fetches the pinned Azurite once, into `.devstack/azurite`."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from devstack.azurite.node import find_node
from devstack.errors import DevstackError
from devstack.project import TABLE_EMULATOR

PROGRAMS = TABLE_EMULATOR / "node_modules" / "azurite" / "dist" / "src"
TABLE_PROGRAM = PROGRAMS / "table" / "main.js"
_HERE = Path(__file__).parent
_MANIFEST = ("package.json", "package-lock.json", ".npmrc")
_NPM_CODES = ("code ", "errno ", "syscall ")


def install_azurite() -> None:
    """Install Azurite unless this version is there; DevstackError when it cannot be fetched."""
    lock = _HERE / "package-lock.json"
    installed = TABLE_EMULATOR / "package-lock.json"
    if TABLE_PROGRAM.exists() and installed.read_bytes() == lock.read_bytes():
        return
    node = find_node(install=True)
    print("installing Azurite, once", file=sys.stderr)
    TABLE_EMULATOR.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TABLE_EMULATOR.parent, ignore_cleanup_errors=True) as folder:
        fresh = Path(folder, "azurite")
        fresh.mkdir()
        for name in _MANIFEST:
            shutil.copyfile(_HERE / name, fresh / name)
        options = ("--ignore-scripts", "--no-audit", "--no-fund")
        done = subprocess.run(
            [*node.npm, "ci", *options], cwd=fresh, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise DevstackError(
                f"Azurite cannot be fetched: connect to the network once ({_reason(done.stderr)})"
            )
        shutil.rmtree(TABLE_EMULATOR, ignore_errors=True)
        fresh.rename(TABLE_EMULATOR)


def _reason(npm_errors: str) -> str:
    lines = (
        line.removeprefix("npm error").strip() for line in npm_errors.splitlines() if "npm error" in line
    )
    return next((line for line in lines if line and not line.startswith(_NPM_CODES)), "npm gave no reason")
