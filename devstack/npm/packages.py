"""Fetches a set of pinned npm packages once, into a folder of its own below `.devstack`."""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import DevstackError
from devstack.npm.node import find_node

_LOCK = "package-lock.json"
_MANIFEST = ("package.json", _LOCK, ".npmrc")
_SOON = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000")  # without a network npm would wait a minute
_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", *_SOON)
_NPM_CODES = ("code ", "errno ", "syscall ")


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages that `package-lock.json` in the folder `manifest` pins; `name` is for messages."""

    name: str
    manifest: Path
    folder: Path

    @property
    def modules(self) -> Path:
        """Where the packages are, once they are installed."""
        return self.folder / "node_modules"

    @property
    def installed(self) -> bool:
        """Whether exactly these are there."""
        lock = self.folder / _LOCK
        return (
            self.modules.is_dir()
            and lock.exists()
            and lock.read_bytes() == (self.manifest / _LOCK).read_bytes()
        )

    def install(self) -> None:
        """Install the packages unless they are there; DevstackError when they cannot be fetched."""
        if self.installed:
            return
        node = find_node(install=True)
        print(f"installing {self.name}, once", file=sys.stderr)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder.parent, ignore_cleanup_errors=True) as temporary:
            fresh = Path(temporary, self.folder.name)
            fresh.mkdir()
            for name in _MANIFEST:
                shutil.copyfile(self.manifest / name, fresh / name)
            command = [*node.npm, "ci", *_OPTIONS]
            done = subprocess.run(command, cwd=fresh, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                reason = _reason(done.stderr)
                raise DevstackError(f"{self.name} cannot be fetched: connect to the network once ({reason})")
            shutil.rmtree(self.folder, ignore_errors=True)
            fresh.rename(self.folder)


def _reason(npm_errors: str) -> str:
    lines = (
        line.removeprefix("npm error").strip() for line in npm_errors.splitlines() if "npm error" in line
    )
    return next((line for line in lines if line and not line.startswith(_NPM_CODES)), "npm gave no reason")
