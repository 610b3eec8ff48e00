"""When the queues are looked into, how often, and what a look in vain costs."""

from datetime import timedelta

import pytest

from shared.domain.orders.order import (
    ChannelSchema,
)
from shared.records import queues
from shared.runtime.errors import TransientError
from tests.support.pipeline.process import Process
from tests.support.pipeline.stand import HOUR, MINUTE, ORDERS, Stand

EMAIL, SMS = ChannelSchema.EMAIL, ChannelSchema.SMS
CONDITION = "https://condition.example/"


@pytest.fixture
def stand():
    return Stand()


async def test_nothing_is_asked_of_the_queues_while_nothing_is_stuck(stand, monkeypatch):
    looks = []

    async def oldest(self, queue):
        looks.append(queue)

    monkeypatch.setattr("tests.support.pipeline.surroundings.Watch.oldest", oldest)
    await stand.place(EMAIL, delay=3 * HOUR)
    await stand.place(SMS)
    await stand.stand_still(MINUTE, timers=True)
    await stand.work()
    await stand.stand_still(2 * HOUR, timers=True)
    assert not looks
    await stand.stand_still(HOUR, timers=True)
    assert stand.sent[queues.ORDERS] == ORDERS


async def test_a_look_in_vain_is_not_repeated_for_every_shard(stand, monkeypatch):
    looks = []

    async def oldest(self, queue):
        looks.append(queue)
        stand.world.clock.at += timedelta(seconds=2)  # ten for all queues, which are looked into side by side
        raise TransientError("away")

    monkeypatch.setattr("tests.support.pipeline.surroundings.Watch.oldest", oldest)
    while len({shard for _, shard, _ in stand.world.tables.agenda()}) < 3:
        await stand.place(SMS, count=1)
    await stand.stand_still(3 * MINUTE, timers=False)
    await stand.process.release_due()
    assert len(looks) <= len(queues.QUEUES)
    assert not stand.sent[queues.ORDERS]
    monkeypatch.undo()
    await stand.stand_still(MINUTE, timers=False)
    stand.world.messages.clear()
    await stand.process.release_due()
    assert stand.sent[queues.ORDERS] >= 3


async def test_one_pass_looks_once_into_each_queue(stand, monkeypatch):
    looks = []

    async def oldest(self, queue):
        looks.append(queue)

    monkeypatch.setattr("tests.support.pipeline.surroundings.Watch.oldest", oldest)
    for _ in range(3):
        await stand.place(ChannelSchema.EMAIL_AND_SMS)
        await stand.place(SMS)
        await stand.place(EMAIL)
        await stand.place(SMS, condition=CONDITION)
        await stand.work(queues.ORDERS)
        stand.process = Process(stand.world)  # whose rows are in another shard
    await stand.stand_still(3 * MINUTE, timers=False)
    stand.world.messages.clear()
    stand.sent.clear()
    looks.clear()
    await stand.process.release_due()
    assert sorted(looks) == sorted(set(queues.QUEUES) - {queues.WEBHOOKS})  # which carries no work of orders
    assert stand.sent[queues.ORDERS] + stand.sent[queues.ORDERS_BULK] == 12 * ORDERS
