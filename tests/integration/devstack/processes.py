"""What several tests of processes need."""

import sys
import time
from pathlib import Path

from devstack.processes.child import ChildSpec

STAND_IN = Path(__file__).with_name("stand_in.py")


def stand_in(manner, *, name="part", essential=False, environment=None):
    return ChildSpec(
        name, (sys.executable, str(STAND_IN), manner), environment or {}, STAND_IN.parent, essential=essential
    )


def wait_until(condition, within=10.0):
    """Poll until `condition` returns something true and return that."""
    deadline = time.monotonic() + within
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.02)
    return result


def is_running(pid):
    """Whether the process exists and has not ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
