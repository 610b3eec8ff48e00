"""How long a fresh interpreter takes to import the function app, and how much memory that leaves resident.

The SDKs load on a thread of their own after the import; memory is read when they are there.
"""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

from devstack.project import ROOT

_PROGRAM = """
import json, threading, time
started = time.perf_counter()
import function_app
seconds = time.perf_counter() - started
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
loaded = time.perf_counter() - started
status = dict(line.split(":", 1) for line in open("/proc/self/status", encoding="utf-8"))
print(json.dumps([seconds, loaded, int(status["VmRSS"].split()[0]) * 1024 / 1_000_000]))
"""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Medians: seconds to import, and until the SDKs are loaded too; MB resident then."""

    seconds: float
    loaded_seconds: float
    megabytes: float


def measure_import(times: int = 5) -> ColdStart:
    """Import the app in fresh interpreters; the first, which may have to compile, does not count."""
    taken = [_import_once() for _ in range(times + 1)][1:]
    return ColdStart(
        statistics.median(start.seconds for start in taken),
        statistics.median(start.loaded_seconds for start in taken),
        statistics.median(start.megabytes for start in taken),
    )


def _import_once() -> ColdStart:
    done = subprocess.run((sys.executable, "-c", _PROGRAM), cwd=ROOT, capture_output=True, check=True)
    return ColdStart(*json.loads(done.stdout))
