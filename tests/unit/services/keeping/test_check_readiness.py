import asyncio

import pytest

from shared.records import queues
from shared.runtime.errors import TransientError
from shared.services.keeping.check_readiness import CheckReadiness


class Dependencies:
    """A store and a sender that fail, or never answer, when told to."""

    def __init__(self, storage=None, service_bus=None):
        self.storage, self.service_bus = storage, service_bus
        self.asked = []

    async def get(self, table, partition_key, row_key, select=None):
        return await self._answer("storage", self.storage)

    async def check(self, queue, *, deadline):
        return await self._answer(queue, self.service_bus)

    async def _answer(self, name, fate):
        self.asked.append(name)
        if fate == "silent":
            await asyncio.Event().wait()
        if fate is not None:
            raise fate


async def checked(*, seconds=2.0, **fates):
    dependencies = Dependencies(**fates)
    answer = await CheckReadiness(store=dependencies, sender=dependencies, seconds=seconds)()
    assert sorted(dependencies.asked) == [queues.ORDERS, "storage"]
    return answer


async def test_ready_when_storage_and_service_bus_answer():
    assert await checked() == {"storage": True, "serviceBus": True}


@pytest.mark.parametrize("error", [TransientError("down"), RuntimeError("no such table")])
async def test_each_failure_is_told_apart(error):
    assert await checked(storage=error) == {"storage": False, "serviceBus": True}
    assert await checked(service_bus=error) == {"storage": True, "serviceBus": False}


async def test_silence_is_a_failure_after_the_deadline():
    answer = await checked(storage="silent", service_bus="silent", seconds=0.02)
    assert answer == {"storage": False, "serviceBus": False}
