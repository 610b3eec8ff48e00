"""Waits until a deployed app is ready, and restarts it once if it does not become so by itself.

Key Vault references that could not be resolved when the app was set up (a new role takes minutes to
work) stay as they are until the app restarts. azd starts this after it has deployed.

python3 deployment/wait_until_ready.py    reads apiBaseUri, functionAppName and resourceGroup
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # azd starts this file, not a module
from deployment.recover_vault import az

FIRST_WAIT_SECONDS = 180
SECOND_WAIT_SECONDS = 420
PAUSE_SECONDS = 10


def readiness(address: str) -> tuple[bool, str]:
    """Return whether the app at an address is ready, and what it said."""
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=60) as answer:
            return True, answer.read().decode()
    except urllib.error.HTTPError as error:
        return False, error.read().decode(errors="replace")[:500]
    except OSError as error:
        return False, str(error)


def becomes_ready(
    address: str, seconds: int, sleep: Callable[[float], None] = time.sleep
) -> tuple[bool, str]:
    """Ask until the app is ready or the time is over; return whether it is, and its last words."""
    for _ in range(max(1, seconds // PAUSE_SECONDS)):
        ready, said = readiness(address)
        if ready:
            return True, said
        sleep(PAUSE_SECONDS)
    return readiness(address)


def main(
    environ: Mapping[str, str] = os.environ,
    run: Callable[..., Any] = az,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Wait, restart once, wait again; the exit code is 1 if the app is not ready then."""
    given = {name.lower(): value for name, value in environ.items()}  # Windows knows no small letters
    try:
        address, app, group = (given[name] for name in ("apibaseuri", "functionappname", "resourcegroup"))
    except KeyError as missing:
        print(f"error: {missing.args[0]} is not set: run this by azd, or set it", file=sys.stderr)
        return 1
    ready, said = becomes_ready(address.rstrip("/"), FIRST_WAIT_SECONDS, sleep)
    if not ready:
        print(f"not ready: {said}\nrestarting {app}, so that it reads its secrets again")
        run("functionapp", "restart", "--name", app, "--resource-group", group)
        ready, said = becomes_ready(address.rstrip("/"), SECOND_WAIT_SECONDS, sleep)
    if not ready:
        print(f"error: {app} is not ready: {said}; see docs/deployment.md, Not ready", file=sys.stderr)
        return 1
    print(f"{app} is ready: {json.dumps(said)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
