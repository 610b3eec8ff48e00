"""What Linux knows about a process: CPU time, memory, environment."""

import os
import time
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used so far, in steps of a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND  # utime and stime


def thread_cpu_seconds(pid: int) -> float:
    """Return the CPU time used so far by the threads a process has now, exact to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="utf-8").split()[0]) for task in tasks) / 1e9


def peak_memory(pid: int) -> float:
    """Return the most memory a process has been resident with, in MB."""
    return _status_kilobytes(pid, "VmHWM") * 1024 / 1_000_000


class Neighbours:
    """How much of the machine other programs take meanwhile: figures of a busy machine mean little."""

    def __init__(self) -> None:
        self._started = time.monotonic(), _machine_seconds(), _own_seconds()

    def share(self) -> float:
        """Return their share of all CPU time so far, 0 to 1; ask once our own processes have ended."""
        started, machine, own = self._started
        theirs = (_machine_seconds() - machine) - (_own_seconds() - own)
        return max(0.0, theirs / ((time.monotonic() - started) * cores()))


def environment(pid: int) -> dict[str, str]:
    """Return the environment a process was started with."""
    entries = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return {name: value for name, _, value in (entry.partition("=") for entry in entries) if name}


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def _status_kilobytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0])
    raise LookupError(f"process {pid} tells no {name}")


def _machine_seconds() -> float:
    with Path("/proc/stat").open(encoding="utf-8") as lines:
        user, nice, system, _, _, *interrupts = (int(field) for field in lines.readline().split()[1:9])
    return (user + nice + system + sum(interrupts)) / _TICKS_PER_SECOND


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
