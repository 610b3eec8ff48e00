"""Azurite, the Table Storage emulator: installed once into `.devstack`, run as a child process."""

import base64
import hashlib
import hmac
import http.client
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

from devstack.child import ChildSpec
from devstack.errors import DevstackError
from devstack.node import find_node
from devstack.project import ROOT, TABLE_EMULATOR

ACCOUNT = "devstoreaccount1"
# The published key of every storage emulator; it protects nothing.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_MANIFEST = ("package.json", "package-lock.json", ".npmrc")
_NPM_CODES = ("code ", "errno ", "syscall ")
_END = ROOT / "devstack" / "azurite_end.cjs"
INDEX = ROOT / "devstack" / "azurite_index.cjs"
ENTRY = TABLE_EMULATOR / "node_modules" / "azurite" / "dist" / "src" / "table" / "main.js"


def azurite_spec(port: int, data: Path | None, *, indexed: bool = True) -> ChildSpec:
    """Describe the table service on `port`, keeping its tables in memory, or in the folder `data`.

    Without the index it is Azurite as published: the same answers, but slower with every row stored.
    """
    install_azurite()
    modules = (_END, INDEX) if indexed else (_END,)
    node = (find_node(install=False).node, *(f"--require={module}" for module in modules), str(ENTRY))
    keep = ("--inMemoryPersistence",) if data is None else ("--location", str(data))
    quiet = ("--disableTelemetry", "--skipApiVersionCheck", "--silent")
    options = ("--tablePort", str(port), *keep, *quiet)
    command = (sys.executable, "-m", "devstack.leash", *node, *options)
    # this is the one signal at which it writes its tables down; otherwise the last seconds are lost
    return ChildSpec(
        "azurite", command, folder=ROOT, port=port, essential=data is None, stop_signal=signal.SIGINT
    )


def table_connection_string(port: int) -> str:
    """Return the connection string of the table service on `port`."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={_KEY};"
        f"TableEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
    )


def create_tables(port: int, names: Iterable[str]) -> None:
    """Create the tables that are missing, as the Bicep files do in Azure; DevstackError when refused."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    path = f"/{ACCOUNT}/Tables"
    for name in names:
        date = formatdate(usegmt=True)
        signed = f"{date}\n/{ACCOUNT}{path}"
        signature = hmac.digest(base64.b64decode(_KEY), signed.encode(), hashlib.sha256)
        headers = {
            "Authorization": f"SharedKeyLite {ACCOUNT}:{base64.b64encode(signature).decode()}",
            "Content-Type": "application/json",
            "Accept": "application/json;odata=nometadata",
            "x-ms-date": date,
            "x-ms-version": "2019-02-02",
        }
        try:
            connection.request("POST", path, json.dumps({"TableName": name}), headers)
            answer = connection.getresponse()
            answer.read()
        except OSError as error:
            raise DevstackError(f"Azurite does not answer ({error}): see its log, then start again") from None
        if answer.status not in (HTTPStatus.CREATED, HTTPStatus.NO_CONTENT, HTTPStatus.CONFLICT):
            raise DevstackError(f"Azurite refused to create the table {name}: HTTP {answer.status}")
    connection.close()


def install_azurite() -> None:
    """Install the pinned Azurite unless it is there; DevstackError when neither it nor the network is."""
    manifest = ROOT / "devstack"
    lock = manifest / "package-lock.json"
    installed = TABLE_EMULATOR / "package-lock.json"
    if ENTRY.exists() and installed.read_bytes() == lock.read_bytes():
        return
    node = find_node(install=True)
    print("installing Azurite, once", file=sys.stderr)
    TABLE_EMULATOR.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TABLE_EMULATOR.parent, ignore_cleanup_errors=True) as folder:
        fresh = Path(folder, "azurite")
        fresh.mkdir()
        for name in _MANIFEST:
            shutil.copyfile(manifest / name, fresh / name)
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


if __name__ == "__main__":
    try:
        install_azurite()
    except DevstackError as problem:
        sys.exit(f"error: {problem}")
