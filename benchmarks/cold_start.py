"""How long a fresh interpreter takes to import the function app, and how much memory that leaves resident."""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

from devstack.project import ROOT

_PROGRAM = """
import json, time
started = time.perf_counter()
import function_app
seconds = time.perf_counter() - started
status = dict(line.split(":", 1) for line in open("/proc/self/status", encoding="utf-8"))
print(json.dumps([seconds, int(status["VmRSS"].split()[0]) * 1024 / 1_000_000]))
"""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Medians: seconds to import, MB resident afterwards."""

    seconds: float
    megabytes: float


def measure_import(times: int = 5) -> ColdStart:
    """Import the app in fresh interpreters; the first, which may have to compile, does not count."""
    taken = [_import_once() for _ in range(times + 1)][1:]
    return ColdStart(
        statistics.median(seconds for seconds, _ in taken),
        statistics.median(megabytes for _, megabytes in taken),
    )


def _import_once() -> tuple[float, float]:
    done = subprocess.run((sys.executable, "-c", _PROGRAM), cwd=ROOT, capture_output=True, check=True)
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes
