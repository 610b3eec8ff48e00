"""Describes the process that serves the tables."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from devstack.azurite.installation import TABLE_PROGRAM, install_azurite
from devstack.npm.node import find_node
from devstack.processes.child import ChildSpec
from devstack.project import ROOT

_END = Path(__file__).with_name("end.cjs")
INDEX = Path(__file__).with_name("index.cjs")


def azurite_spec(
    port: int, data: Path | None, *, indexed: bool = True, preloads: Sequence[Path] = ()
) -> ChildSpec:
    """Describe the table service on `port`, keeping its tables in memory, or in the folder `data`.

    Without the index it is Azurite as published: the same answers, but slower with every row stored.
    `preloads` are further modules that are loaded before its own code.
    """
    install_azurite()
    modules = (_END, *((INDEX,) if indexed else ()), *preloads)
    node = (find_node(install=False).node, *(f"--require={module}" for module in modules), str(TABLE_PROGRAM))
    keep = ("--inMemoryPersistence",) if data is None else ("--location", str(data))
    quiet = ("--disableTelemetry", "--skipApiVersionCheck", "--silent")
    options = ("--tablePort", str(port), *keep, *quiet)
    command = (sys.executable, "-m", "devstack.processes.leash", *node, *options)
    # SIGINT is the one signal at which Azurite writes its tables to the file; others lose the last seconds.
    return ChildSpec(
        "azurite", command, folder=ROOT, port=port, essential=data is None, stop_signal=signal.SIGINT
    )
