"""Builds what is deployed: the app with its dependencies for Linux and Python 3.13, on any machine.

python3 deployment/build_package.py               fill .python_packages, as azd needs it before it packs
python3 deployment/build_package.py --zip FILE    pack the app too, list sizes, import it with nothing else
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SITE = Path(".python_packages", "lib", "site-packages")
APP = ("function_app.py", "functions", "shared", "host.json", "requirements.txt", SITE.parts[0])
PYTHON = (3, 13)
# Wheels for the instances, whatever this machine is. Every dependency is pinned with its hash, so pip need
# not ask what the packages require: it would answer for the Python that runs it.
FOR_INSTANCES = (
    *("--only-binary=:all:", "--no-deps", "--require-hashes", "--ignore-requires-python"),
    *(
        "--implementation",
        "cp",
        "--python-version",
        "3.13",
        "--abi",
        "cp313",
        "--abi",
        "abi3",
        "--abi",
        "none",
    ),
    *("--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64"),
    *("--platform", "manylinux2014_x86_64"),
)
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the same files make the same archive
_IMPORT = """
import json, sys, time
app, site = sys.argv[1:]
sys.path[:0] = [app, site]
began = time.perf_counter()
import function_app
functions = function_app.app.get_functions()
files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
foreign = {name for name, file in files.items() if "site-packages" in file and not file.startswith(site)}
seconds = round(time.perf_counter() - began, 2)
print(json.dumps({"functions": len(functions), "seconds": seconds, "foreign": sorted(foreign)}))
"""


class PackageError(Exception):
    """The package cannot be built; the message says what to do."""


def install(root: str | Path) -> Path:
    """Fill `.python_packages` below a folder with the wheels of its requirements."""
    target = Path(root, SITE)
    shutil.rmtree(target, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
    ]
    command += [*FOR_INSTANCES, "--requirement", str(Path(root, "requirements.txt")), "--target", str(target)]
    if subprocess.run(command, check=False, env={**os.environ, "PYTHONUTF8": "1"}).returncode:
        raise PackageError("pip could not install the dependencies; is it there (python3 -m pip --version)?")
    shutil.rmtree(target / "bin", ignore_errors=True)  # scripts of packages, for another machine's Python
    return target


def pack(root: Path, archive: Path) -> Path:
    """Write the app and its dependencies into a zip file; the same input gives the same bytes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in _files(root):
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix(), _OLDEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, file.read_bytes())
    return archive


def _files(root: Path) -> Iterator[Path]:
    for name in APP:
        path = root / name
        if not path.exists():
            raise PackageError(f"{name} is missing: build it first")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc":
                yield file


def sizes(archive: Path) -> dict[str, int]:
    """Return the unpacked bytes of each part of the archive, largest first."""
    found: dict[str, int] = {}
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            parts = entry.filename.split("/")
            part = parts[len(SITE.parts)] if parts[0] == SITE.parts[0] else parts[0]
            found[part] = found.get(part, 0) + entry.file_size
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def import_bare(archive: Path) -> dict[str, Any]:
    """Import the packed app with the standard library and nothing else; return what it said."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        command = [sys.executable, "-I", "-S", "-B", "-c", _IMPORT, folder, str(Path(folder, SITE))]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={}, check=False)
    if ran.returncode:
        raise PackageError(f"the packed app cannot be imported:\n{ran.stderr}")
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the package; the exit code is 1 with one line that says why not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--zip", type=Path, help="pack the app into this file as well")
    chosen = parser.parse_args(arguments)
    try:
        install(ROOT)
        if chosen.zip is not None:
            _show(pack(ROOT, chosen.zip))
    except PackageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _show(archive: Path) -> None:
    parts = sizes(archive)
    for name, size in list(parts.items())[:15]:
        print(f"{size / 1e6:8.2f} MB  {name}")
    print(
        f"{sum(parts.values()) / 1e6:8.2f} MB  unpacked, "
        f"{archive.stat().st_size / 1e6:.2f} MB packed: {archive}"
    )
    if sys.version_info[:2] != PYTHON or not sys.platform.startswith("linux"):
        print("not imported: that takes Python 3.13 on Linux")
        return
    said = import_bare(archive)
    if said["foreign"]:
        raise PackageError(f"the app imports what is not packed: {', '.join(said['foreign'])}")
    print(f"imported with nothing else: {said['functions']} functions in {said['seconds']} s")


if __name__ == "__main__":
    sys.exit(main())
