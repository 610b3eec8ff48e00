"""Messages that wait in a table until their queue takes them again."""

from datetime import timedelta

import pytest

from shared.ports.queues import QueuedMessage
from shared.records import queues
from shared.services.handling.replay_waiting import AT_ONCE, EVERY, ReplayWaiting
from shared.storage.dead_letters import DeadLetters
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Sender, Store


class Table:
    """The table in a world, and what is sent from it."""

    def __init__(self):
        self.world = w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))
        process = Process(self.world)
        self.letters = DeadLetters(Store(process))
        self.replay = ReplayWaiting(
            dead_letters=self.letters, sender=Sender(process), real_time=self.world.real_time
        )

    async def put_off(self, *bodies, queue=queues.DELIVERY_REPORTS):
        for body in bodies:
            self.world.clock.at += timedelta(seconds=1)
            await self.letters.put_off(queue, body, self.world.clock.now())

    async def replay_a_minute_later(self):
        self.world.real_time.at += EVERY
        return await self.replay()

    @property
    def sent(self):
        return [message.body for message in self.world.messages]


@pytest.fixture
def table():
    return Table()


async def test_what_waits_is_sent_to_its_queue_once(table):
    await table.put_off(b"1", b"2")
    await table.put_off(b"3", queue=queues.ORDERS)
    assert await table.replay() == 3
    assert table.sent == [b"1", b"2", b"3"]
    assert [message.queue for message in table.world.messages] == [
        *[queues.DELIVERY_REPORTS] * 2,
        queues.ORDERS,
    ]
    assert await table.replay_a_minute_later() == 0
    assert await table.letters.waiting(10) == []


async def test_it_looks_once_a_minute_however_often_it_is_called(table):
    assert await table.replay() == 0
    await table.put_off(b"1")
    table.world.real_time.at += EVERY - timedelta(seconds=1)
    assert await table.replay() == 0
    table.world.real_time.at += timedelta(seconds=1)
    assert await table.replay() == 1


async def test_what_no_queue_takes_waits_for_the_next_time(table):
    await table.put_off(b"1", b"2")
    table.world.queues_down = True
    assert await table.replay() == 0
    table.world.queues_down = False
    assert await table.replay_a_minute_later() == 2


async def test_a_message_that_fails_keeps_no_other_away(table):
    await table.put_off(b"1", b"2", b"3")
    table.world.faults = [w.Fault.NONE, w.Fault.BEFORE]  # the read, and the first send
    assert await table.replay() == 2
    assert [message.body for message in await table.letters.waiting(10)] == [b"1"]


async def test_a_message_that_was_sent_and_not_deleted_is_sent_under_the_same_id(table):
    await table.put_off(b"1")
    table.world.faults = [w.Fault.NONE, w.Fault.NONE, w.Fault.BEFORE]  # read, send, delete
    await table.replay()
    await table.replay_a_minute_later()
    assert table.sent == [b"1", b"1"]
    assert len({message.message_id for message in table.world.messages}) == 1


async def test_storage_that_is_down_raises_nothing(table):
    table.world.storage_down = True
    assert await table.replay() == 0


async def test_many_go_in_one_run_and_the_rest_in_the_next(table):
    await table.put_off(*(b"%d" % number for number in range(10 * AT_ONCE + 1)))
    assert await table.replay() == 10 * AT_ONCE
    assert await table.replay_a_minute_later() == 1
    assert isinstance(table.world.messages[0], QueuedMessage)
