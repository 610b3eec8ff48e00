"""Child processes for tests, and waiting for what they do."""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from devstack.processes.child import ChildSpec

STAND_IN = Path(__file__).with_name("stand_in.py")


def stand_in(
    manner: str, *, name: str = "part", essential: bool = False, environment: Mapping[str, str] | None = None
) -> ChildSpec:
    """Describe a process that behaves as `manner` says; see stand_in.py."""
    return ChildSpec(
        name, (sys.executable, str(STAND_IN), manner), environment or {}, STAND_IN.parent, essential=essential
    )


def wait_until[T](condition: Callable[[], T], within: float = 10.0, explain: Callable[[], str] = str) -> T:
    """Poll until `condition` returns something true and return that."""
    deadline = time.monotonic() + within
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {within} s: {explain()}"
        time.sleep(0.02)
    return result


def is_running(pid: int) -> bool:
    """Whether the process exists and has not ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
