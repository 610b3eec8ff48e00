"""Fetches the pinned Azurite once, into `.devstack/azurite`, and other npm packages in the same way."""

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
    fetch_packages(_HERE, TABLE_EMULATOR, TABLE_PROGRAM, "Azurite")


def fetch_packages(manifest: Path, folder: Path, program: Path, name: str) -> None:
    """Put the npm packages that `manifest` pins into `folder`, unless `program` is there in this version.

    DevstackError when they cannot be fetched.
    """
    lock = manifest / "package-lock.json"
    installed = folder / "package-lock.json"
    if program.exists() and installed.read_bytes() == lock.read_bytes():
        return
    node = find_node(install=True)
    print(f"installing {name}, once", file=sys.stderr)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as temporary:
        fresh = Path(temporary, folder.name)
        fresh.mkdir()
        for file in _MANIFEST:
            shutil.copyfile(manifest / file, fresh / file)
        options = ("--ignore-scripts", "--no-audit", "--no-fund")
        done = subprocess.run(
            [*node.npm, "ci", *options], cwd=fresh, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise DevstackError(
                f"{name} cannot be fetched: connect to the network once ({_reason(done.stderr)})"
            )
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)


def _reason(npm_errors: str) -> str:
    lines = (
        line.removeprefix("npm error").strip() for line in npm_errors.splitlines() if "npm error" in line
    )
    return next((line for line in lines if line and not line.startswith(_NPM_CODES)), "npm gave no reason")
