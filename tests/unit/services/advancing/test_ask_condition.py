"""Questions to senders beside each other: limits, copies, and hosts that stay silent."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.records import queues
from shared.records.shipment_rows import state_of
from shared.services.advancing.put_question import FAILURES
from shared.storage import keys
from tests.support.pipeline import broker
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.virtual_time import run_virtually

LANE = 32  # messages of one queue that the host handles at a time
ALONE = 9  # questions that one owner may have under way while no other has any
SECOND = timedelta(seconds=1)


class Asked:
    """A condition endpoint that takes a time by host; it notes the most questions under way by host."""

    def __init__(self, world, seconds):
        self.world, self.seconds = world, seconds
        self.asked, self.now, self.most = Counter(), Counter(), Counter()
        self.silent = set()

    async def ask(self, url):
        host = url.split("/")[2]
        self.asked[host] += 1
        self.now[host] += 1
        self.most[host] = max(self.most[host], self.now[host])
        await asyncio.sleep(self.seconds.get(host, 0))
        self.now[host] -= 1
        return w.SILENT if host in self.silent else w.MET


class Stand:
    """A process whose questions are handled as the host handles them, in virtual time."""

    def __init__(self, **seconds):
        self.world = w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))
        self.process = Process(self.world)
        self.endpoint = Asked(self.world, {f"{host}.example": value for host, value in seconds.items()})
        ask_condition = self.process.app.handle_messages.ask_condition
        object.__setattr__(ask_condition.put_question, "condition_endpoint", self.endpoint)
        self.running = {name: set() for name in queues.QUEUES}
        self.sent = {}

    async def place(self, owner, host, count=1):
        ids = []
        for number in range(count):
            order = OrderRequest(
                OrderType.NOTIFICATION,
                self.world.clock.now(),
                ChannelSchema.EMAIL,
                (Recipient(f"{owner}{host}{number}@example.no"),),
                email=EmailTemplate("from@example.no", "hei", "hei"),
                condition_endpoint=f"https://{host}.example/{number}",
            )
            receipt = await self.process.place(owner, ChainRequest(order))
            ids.append(receipt.shipments[0][0])
        return ids

    async def run(self, span, until=lambda: False, step=SECOND / 10):
        """Let time pass in steps; return how many seconds it took until something held."""
        began = self.world.clock.now()
        released = None
        while (now := self.world.clock.now()) < began + span and not until():
            if released is None or now - released >= 10 * SECOND:
                released = now
                await self.process.release_due()
            await self._deliver()
            await asyncio.sleep(step.total_seconds())
            self.world.clock.at += step
            self.world.real_time.at += step
        return (self.world.clock.now() - began).total_seconds()

    async def _deliver(self):
        while True:
            began = False
            for queue, tasks in self.running.items():
                for message in broker.ready(self.world, queue)[: LANE - len(tasks)]:
                    self.world.messages.remove(message)
                    task = asyncio.create_task(self.process.handle(message))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                    began = True
            for _ in range(50 if any(self.running.values()) else 0):
                await asyncio.sleep(0)
            if not began:
                return

    def state(self, shipment_id):
        item = parse_id(shipment_id)
        return state_of(self.world.tables.rows[keys.ORDERS, keys.shard_of(item), keys.shipment_row(item)])

    def is_sent(self, shipment_id):
        return any(operation[:30] == shipment_id[:30] for operation in self.world.email_operations)


def test_a_thousand_slow_questions_of_one_owner_delay_nobody_else():
    async def scenario():
        stand = Stand(slow=10)
        await stand.place("greedy", "slow", 1000)
        await stand.run(5 * SECOND)
        for host in ("fast", "another"):
            [honest] = await stand.place("honest", host)
            assert await stand.run(5 * SECOND, lambda honest=honest: stand.is_sent(honest)) < 1
        assert stand.endpoint.most["slow.example"] == ALONE

    run_virtually(scenario())


def test_all_slow_questions_are_asked_once_in_the_time_that_they_take():
    async def scenario():
        stand = Stand(slow=10)
        ids = await stand.place("greedy", "slow", 90)
        took = await stand.run(timedelta(minutes=10), lambda: all(map(stand.is_sent, ids)))
        assert stand.endpoint.asked == {"slow.example": 90}
        assert took < 1.5 * 90 * 10 / ALONE

    run_virtually(scenario())


@pytest.mark.parametrize("hosts", [1, 40])
def test_owners_with_any_number_of_slow_hosts_leave_places(hosts):
    async def scenario():
        stand = Stand(**{f"slow{number}": 10 for number in range(hosts)})
        for owner in range(5):
            for number in range(40):
                await stand.place(f"greedy{owner}", f"slow{number % hosts}")
        await stand.run(3 * SECOND)
        [honest] = await stand.place("honest", "fast")
        assert await stand.run(5 * SECOND, lambda: stand.is_sent(honest)) < 1

    run_virtually(scenario())


def test_a_silent_host_is_left_alone_and_asked_again_and_its_messages_follow_the_policy():
    async def scenario():
        stand = Stand(down=10)
        stand.endpoint.silent.add("down.example")
        ids = await stand.place("owner", "down", 150)
        took = await stand.run(timedelta(minutes=15), lambda: all(map(stand.is_sent, ids)))
        assert took < 200, "not 150 questions of 10 seconds, asked twice"
        assert stand.endpoint.asked["down.example"] < 60
        outcomes = Counter(stand.state(id_).condition.outcome for id_ in ids)
        assert outcomes == {ConditionOutcome.INCONCLUSIVE_SENT: 150}
        assert {stand.state(id_).condition.attempts for id_ in ids} == {2}
        assert {stand.state(id_).condition.reason for id_ in ids} <= {"deadline", "host silent"}

    run_virtually(scenario())


def test_a_host_that_answers_again_is_asked_about_every_message_that_still_waits():
    async def scenario():
        stand = Stand(down=1)
        stand.endpoint.silent.add("down.example")
        ids = await stand.place("owner", "down", 100)
        await stand.run(20 * SECOND)
        assert not any(map(stand.is_sent, ids))
        stand.endpoint.silent.clear()
        await stand.run(timedelta(minutes=4), lambda: all(map(stand.is_sent, ids)))
        outcomes = Counter(stand.state(id_).condition.outcome for id_ in ids)
        assert outcomes == {ConditionOutcome.MET: 100}, "no message leaves without a question"

    run_virtually(scenario())


def test_no_owner_has_the_endpoint_of_another_left_alone():
    async def scenario():
        stand = Stand(shared=0)
        stand.endpoint.silent.add("shared.example")
        await stand.place("greedy", "shared", 3 * FAILURES)
        await stand.run(2 * SECOND)
        stand.endpoint.silent.clear()
        [honest] = await stand.place("honest", "shared")
        assert await stand.run(5 * SECOND, lambda: stand.is_sent(honest)) < 1

    run_virtually(scenario())


@pytest.mark.parametrize("seconds", [30, 900])
def test_a_question_that_is_put_off_is_one_message_however_long_it_waits(seconds):
    async def scenario():
        stand = Stand()
        stand.world.questions_put_off = seconds
        stand.process = Process(stand.world)
        [one] = await stand.place("owner", "host")
        for _ in range(40):
            await stand.run(timedelta(minutes=1), step=5 * SECOND)
            waiting = [m for m in stand.world.messages if m.queue == queues.CONDITIONS]
            assert len(waiting) == 1
            assert b"https" not in waiting[0].body, "an address may hold secrets"
        stand.world.questions_put_off = 0
        await stand.run(timedelta(minutes=20), lambda: stand.is_sent(one), step=5 * SECOND)
        assert stand.world.asked == {"https://host.example/0": 1}

    run_virtually(scenario())
