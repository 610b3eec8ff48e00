"""Finds the Python workers of a running real host, which are its only child processes."""

from pathlib import Path


def worker_processes(host: int) -> dict[str, int]:
    """Return their process ids by name, worker, worker-2 and so on; `host` is the process id of the host."""
    lists = Path(f"/proc/{host}/task").glob("*/children")
    pids = sorted(int(pid) for children in lists for pid in children.read_text(encoding="ascii").split())
    return {"worker" if number == 1 else f"worker-{number}": pid for number, pid in enumerate(pids, 1)}
