"""The file with the addresses of a running local cloud, for other terminals; what a killed one leaves."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import NotRunningError
from devstack.project import CLOUDS, LOGS


@dataclass(frozen=True, slots=True)
class RunState:
    """Addresses of one running local cloud; `children` maps names to process ids, `pages` may be missing."""

    pid: int
    api: str
    control: str
    clock_file: str
    service_bus: str
    service_bus_control: str
    tables: str
    issuer: str
    children: Mapping[str, int]
    pages: str | None = None

    def write(self, path: Path) -> None:
        """Replace the file at once; only its owner may read it, because it holds keys."""
        document = {
            "pid": self.pid,
            "api": self.api,
            "control": self.control,
            "clockFile": self.clock_file,
            "serviceBus": self.service_bus,
            "serviceBusControl": self.service_bus_control,
            "tables": self.tables,
            "issuer": self.issuer,
            "pages": self.pages,
            "children": dict(self.children),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)


def read_run_state(path: Path) -> RunState:
    """Return the running local cloud; NotRunningError when there is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        state = RunState(
            pid=int(document["pid"]),
            api=str(document["api"]),
            control=str(document["control"]),
            clock_file=str(document["clockFile"]),
            service_bus=str(document["serviceBus"]),
            service_bus_control=str(document["serviceBusControl"]),
            tables=str(document["tables"]),
            issuer=str(document["issuer"]),
            pages=document.get("pages"),
            children={str(name): int(pid) for name, pid in document["children"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        state = None
    if state is None or not is_alive(state.pid):
        raise NotRunningError(
            "no local cloud is running: start one with `make start` and wait for its ready line"
        )
    return state


def forget_run_state(path: Path, pid: int) -> None:
    """Remove the file unless another local cloud has written it since."""
    try:
        if read_run_state(path).pid != pid:
            return
    except NotRunningError:
        pass
    path.unlink(missing_ok=True)


def forget_dead_clouds() -> None:
    """Remove the files of local clouds that were killed."""
    for folder in (*CLOUDS.glob("*-*"), *LOGS.glob("*-*/")):
        owner = folder.name.partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def is_alive(pid: int) -> bool:
    """Whether a process of that id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
