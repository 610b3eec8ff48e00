"""A place to download Python from, with one archive made from the Python that runs the tests."""

import hashlib
import json
import platform
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

_ARCHIVE = "python.tar.gz"
_LEFT_OUT = {"site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3", "__pycache__"}


def make_archive(folder: Path) -> Path:
    """Write the running Python, without tests and packages, as `python/…` in an archive; return its path."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix)
    archive = folder / _ARCHIVE
    with tarfile.open(archive, "w:gz", compresslevel=1) as file:
        file.add((base / "bin" / version).resolve(), f"python/bin/{version}")
        for library in (base / "lib").glob(f"lib{version}*.so*"):
            file.add(library.resolve(), f"python/lib/{library.name}")
        file.add(base / "lib" / version, f"python/lib/{version}", filter=_without_the_superfluous)
    return archive


def write_list(folder: Path, address: str) -> Path:
    """Write the list of downloads that uv reads, with the archive in the folder; return its path."""
    digest = hashlib.sha256((folder / _ARCHIVE).read_bytes()).hexdigest()
    machine = platform.machine()
    entry = {
        "name": "cpython",
        "arch": {"family": machine, "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": sys.version_info.major,
        "minor": sys.version_info.minor,
        "patch": sys.version_info.micro,
        "prerelease": "",
        "url": f"{address}/{_ARCHIVE}",
        "sha256": digest,
        "variant": None,
        "build": None,
    }
    path = folder / "downloads.json"
    path.write_text(json.dumps({f"cpython-{platform.python_version()}-linux-{machine}-gnu": entry}))
    return path


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder; yields the address, and the paths that were asked for so far."""
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def _without_the_superfluous(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = Path(entry.name).name
    return None if name in _LEFT_OUT or name.startswith("config-") else entry
