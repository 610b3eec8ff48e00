"""Chooses the Functions host that runs the app: the local cloud's own, or the real one of Azure."""

import os
import shutil
from enum import StrEnum
from pathlib import Path

from devstack.errors import DevstackError


class HostKind(StrEnum):
    """`own` is devstack.host; `real` is Microsoft's host and Python worker, which must be on this machine."""

    OWN = "own"
    REAL = "real"


def host_of_environment() -> HostKind:
    """Return the real host when the variable HOST is `real`; some shells set other values."""
    return HostKind.REAL if os.environ.get("HOST") == HostKind.REAL else HostKind.OWN


def find_functions_host() -> Path:
    """Return the program that runs an app on the real host; DevstackError when there is none."""
    named = os.environ.get("FUNCTIONS_HOST")
    found = shutil.which(named or "functions-host")
    if found is None:
        where = (
            f"FUNCTIONS_HOST names {named}, which is no program" if named else "there is no functions-host"
        )
        raise DevstackError(
            f"HOST=real runs the app on the real Azure Functions host, but {where}: "
            "put functions-host on PATH, name it in FUNCTIONS_HOST, or leave HOST=real out"
        )
    return Path(found).absolute()
