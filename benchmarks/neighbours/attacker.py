"""`python -m benchmarks.neighbours.attacker ATTACK`: the process of the hostile neighbours.

It says when it is ready, reads the target from its input, attacks, and tells what came of it. It goes on
serving what the service asks of it until it is ended. It gives way to everything else that wants a core.
"""

import asyncio
import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from benchmarks.neighbours.attacks import ATTACKS
from benchmarks.neighbours.condition_hosts import ConditionHosts
from benchmarks.neighbours.field import Field
from benchmarks.neighbours.vault import Vault
from benchmarks.neighbours.verdict import Told
from devstack.processes.life import die_with_parent
from devstack.project import ROOT

HONEST_ISSUER = "honest"
_LEAST_PRIORITY = 19


class Attacker:
    """The process, seen from the one that measures; a context manager."""

    def __init__(self, attack: str) -> None:
        self._attack = attack
        self.vault = ""
        self.honest_token = ""

    async def __aenter__(self) -> Self:
        """Start it, and wait until it has prepared its attack."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.neighbours.attacker",
            self._attack,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        told = await self._line()
        self.honest_token = told["honest"]
        self.vault = (await self._line())["ready"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def attack(self, target: dict[str, Any]) -> Told:
        """Let it attack; return what it tells afterwards."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(target).encode() + b"\n")
        return Told(**await self._line())

    async def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the attacker of {self._attack} has ended by itself")
        return dict(json.loads(line))


async def _attack(name: str) -> None:
    hosts, vault = ConditionHosts(), Vault()
    await hosts.start()
    await vault.start()
    vault.add(HONEST_ISSUER)
    print(json.dumps({"honest": vault.token(HONEST_ISSUER)}), flush=True)
    field = Field(hosts, vault)
    await ATTACKS[name](field)
    told = {"answers": field.crowd.statuses, "notes": field.notes, "broken": field.broken}
    print(json.dumps(told), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    die_with_parent()
    os.nice(_LEAST_PRIORITY)
    asyncio.run(_attack(sys.argv[1]))
