"""The agenda: what removes rows later shares its writes with others."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.order import ChainRequest, OrderType
from shared.domain.orders.shipment import AgendaKey
from shared.ports.tables import Delete
from shared.storage import keys
from shared.storage.agenda import Agenda
from tests.support.pipeline import world as w
from tests.support.pipeline.orders import sms
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store
from tests.support.virtual_time import run_virtually


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


@pytest.fixture
def process(world):
    return Process(world)


@pytest.fixture
def removals(process, monkeypatch):
    """How many rows each write to the agenda removed."""
    written = []
    write = Store.write

    async def counted(store, table, partition_key, operations):
        if table == keys.ORDERS and all(isinstance(each, Delete) for each in operations):
            written.append(len(operations))
        return await write(store, table, partition_key, operations)

    monkeypatch.setattr(Store, "write", counted)
    return written


def remove_one_by_one(process, how):
    """Place an order with four reminders and remove their rows, 0.4 seconds apart; return what is left."""
    agenda = Agenda(process.adapters.store, removals_apart=2.0)

    async def scenario():
        at = process.world.clock.now() + timedelta(hours=1)
        reminders = tuple(replace(sms(at), type=OrderType.REMINDER) for _ in range(4))
        await process.place("ttd", ChainRequest(sms(at), reminders, "id-1"))
        rows = list(process.world.tables.agenda())
        removing = []
        for _, shard, row_key in rows:
            removing.append(asyncio.create_task(how(agenda)([AgendaKey(shard, row_key)])))
            await asyncio.sleep(0.4)
        await asyncio.gather(*removing)
        return list(process.world.tables.agenda())

    return run_virtually(scenario())


def test_rows_that_are_removed_later_share_writes(process, removals):
    assert remove_one_by_one(process, lambda agenda: agenda.remove_later) == []
    assert removals == [1, 4]


def test_rows_that_are_removed_at_once_wait_for_nobody(process, removals):
    assert remove_one_by_one(process, lambda agenda: agenda.remove) == []
    assert removals == [1] * 5
