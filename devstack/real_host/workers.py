"""Finds the Python workers of running real hosts, which are their only child processes."""

from collections.abc import Mapping
from pathlib import Path

_HOST = "host"
_STORAGE = "host-storage"


def worker_processes(children: Mapping[str, int]) -> dict[str, int]:
    """Return the process ids of the workers by name; `children` are those of the local cloud.

    The workers of `host` are worker, worker-2 and so on, those of host-http are worker-http and so on.
    """
    workers: dict[str, int] = {}
    for name, pid in children.items():
        if name == _HOST or (name.startswith(f"{_HOST}-") and name != _STORAGE):
            workers |= _workers_of(pid, name.replace(_HOST, "worker", 1))
    return workers


def _workers_of(host: int, name: str) -> dict[str, int]:
    lists = Path(f"/proc/{host}/task").glob("*/children")
    pids = sorted(int(pid) for children in lists for pid in children.read_text(encoding="ascii").split())
    return {name if number == 1 else f"{name}-{number}": pid for number, pid in enumerate(pids, 1)}
