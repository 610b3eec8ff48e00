"""Runs the two linters on a document and reads what they found."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devstack.errors import DevstackError
from devstack.npm.node import find_node
from devstack.npm.packages import Packages
from devstack.project import HOME

_HERE = Path(__file__).parent
LINTERS = Packages("the linters of the OpenAPI document", _HERE, HOME / "openapi-linters")
_REDOCLY = ("@redocly", "cli", "bin", "cli.js")
_SPECTRAL = ("@stoplight", "spectral-cli", "dist", "index.js")
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def findings(document: Path) -> list[str]:
    """Return one line for everything that a linter reports, warnings and hints included.

    DevstackError when a linter did not run.
    """
    return [*_redocly(document), *_spectral(document)]


def _redocly(document: Path) -> list[str]:
    options = ("lint", "--extends=recommended", "--format=json", "--max-problems=1000", document.name)
    found = _run(_REDOCLY, options, document.parent)["problems"]
    return [f"Redocly: {each['ruleId']}: {each['message']} ({_pointer(each)})" for each in found]


def _spectral(document: Path) -> list[str]:
    rules = ("--ruleset", str(_HERE / "spectral.yaml"))
    options = ("lint", "--quiet", *rules, "--format", "json", document.name)
    found = _run(_SPECTRAL, options, document.parent)
    return [
        f"Spectral: {each['code']}: {each['message']} (#/{'/'.join(map(str, each['path']))})"
        for each in found
    ]


def _pointer(problem: Any) -> str:
    return str(problem["location"][0].get("pointer", "#/")) if problem["location"] else "#/"


def _run(program: Sequence[str], options: Sequence[str], folder: Path) -> Any:
    command = [find_node(install=False).node, str(LINTERS.modules.joinpath(*program)), *options]
    ran = subprocess.run(  # noqa: S603
        command, cwd=folder, env={**os.environ, **_QUIET}, capture_output=True, text=True, check=False
    )
    try:
        return json.loads(ran.stdout)
    except ValueError:
        last = (ran.stderr.strip().splitlines() or ["no answer"])[-1]
        raise DevstackError(f"{'/'.join(program[:2])} did not run: {last}") from None
