"""Carries out one attack against a local cloud of its own, beside the honest owner."""

import asyncio
import time
from base64 import b64encode

from benchmarks.neighbours.attacker import Attacker
from benchmarks.neighbours.field import OWNERS
from benchmarks.neighbours.honest import Honest, Owner
from benchmarks.neighbours.probe import Probe
from benchmarks.neighbours.verdict import Round, Told
from benchmarks.processes import peak_memory
from benchmarks.stand import AS_DEPLOYED
from devstack.cloud.host_choice import HostKind
from devstack.cloud.local_cloud import LocalCloud

_WARM_UP_SECONDS, _BEFORE_SECONDS = 3.0, 6.0
LEAST_SECONDS = 10.0  # of an attack
PROCESSES = ("http", "worker")


async def carry_out(attack: str, most_seconds: float) -> Round:
    """Start everything, let the attack loose, and return what was measured; after a time it is cut short."""
    async with Attacker(attack) as attacker:
        settings = {"PLATFORM_TOKEN_VAULT_URI": attacker.vault, **AS_DEPLOYED}
        with (
            LocalCloud(settings=settings, host=HostKind.OWN) as cloud,
            Probe(cloud.addresses["tables"]) as probe,
        ):
            return await _beside(attacker, cloud, probe, attack, most_seconds)


async def _beside(
    attacker: Attacker, cloud: LocalCloud, probe: Probe, attack: str, most_seconds: float
) -> Round:
    bearer = cloud.token(org="honest")
    honest = Honest(Owner(cloud.api, bearer, attacker.honest_token, cloud.addresses["platform"]))
    target = _target(cloud)
    await honest.work(_WARM_UP_SECONDS)
    probe.worst()
    before = await honest.work(_BEFORE_SECONDS)
    late_before = probe.worst()
    began = time.monotonic()
    attacking = asyncio.create_task(attacker.attack(target))
    during = await honest.work(LEAST_SECONDS, attacking, most_seconds)
    late_during, seconds = probe.worst(), time.monotonic() - began
    told = Told({}, ["still attacking at the end"], [])
    if attacking.done():
        told = attacking.result()
    else:
        attacking.cancel()
    memory = {name: peak_memory(cloud.processes[name]) for name in PROCESSES}
    delays = late_before, late_during
    return Round(attack, before, during, delays, memory, seconds, told)


def _target(cloud: LocalCloud) -> dict[str, object]:
    report = cloud.fixtures()["sms_report"]
    login = b64encode(f"{report['user']}:{report['password']}".encode()).decode()
    return {
        "api": cloud.api,
        "tokens": [cloud.token(org=f"hostile{number}") for number in range(OWNERS)],
        "reportPath": report["path"],
        "reportLogin": f"Basic {login}",
    }
