"""Which processes of our own host run which functions: all in a few, or as Flex Consumption does."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import DevstackError
from devstack.host.groups import HTTP_GROUP, Group, Role
from devstack.project import ROOT

_LIST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class HostPart:
    """One process of the host: its name, the roles it serves (as in `--serve`), its own settings."""

    name: str
    serves: str
    settings: Mapping[str, str]


def all_in_one(workers: int) -> list[HostPart]:
    """Return one part for HTTP, and `workers` parts for all queues; the first runs the timers too."""
    first = f"{Role.QUEUES},{Role.TIMERS}"
    serves = [first if number == 0 else str(Role.QUEUES) for number in range(workers)]
    names = _numbered("worker", workers)
    return [
        HostPart("http", Role.HTTP, {}),
        *(HostPart(*each, {}) for each in zip(names, serves, strict=True)),
    ]


def by_group(groups: Mapping[str, Group], workers: int) -> list[HostPart]:
    """Return one part for all HTTP functions, and `workers` parts for every other function.

    A timer has one part, because Azure also runs a timer on one instance at a time.
    """
    parts = []
    for name, group in groups.items():
        names = ["http"] if name == HTTP_GROUP else _numbered(f"worker-{name}", instances(group, workers))
        parts += [HostPart(each, group.role, group.settings) for each in names]
    return parts


def instances(group: Group, workers: int) -> int:
    """Return how many processes run a group when `workers` are asked for."""
    return min(workers, 1) if group.role is Role.TIMERS else workers


def list_groups(app: Path, settings: Mapping[str, str]) -> dict[str, Group]:
    """Load an app in a process of its own, and return its groups of functions by name.

    DevstackError when it cannot be loaded.
    """
    command = (sys.executable, "-m", "devstack.host", "--app", str(app), "--list-groups")
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=_LIST_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise DevstackError(f"the groups of functions cannot be listed: {done.stderr.strip()}")
    return {
        name: Group(Role(group["role"]), tuple(group["functions"]))
        for name, group in json.loads(done.stdout).items()
    }


def _numbered(name: str, count: int) -> list[str]:
    return [name if number == 1 else f"{name}-{number}" for number in range(1, count + 1)]
