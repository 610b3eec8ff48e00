"""Trigger loops over a receiver in memory: dispatch, settlement, limits, lock renewal, lost connections."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from devstack.host.bindings import ServiceBusTrigger
from devstack.host.host_json import ServiceBusSettings
from devstack.host.invocations import Invocations
from devstack.host.payloads import Failure
from devstack.host.triggers.queue_pump import QueuePump
from devstack.host.triggers.service_bus import BatchConsumer, Delivery, SingleConsumer
from devstack.tests.support.conditions import until
from devstack.tests.support.host.messages import message

FAILURE = Failure("RuntimeError('no')", "")


class MemoryReceiver:
    """A receiver whose queue a test fills; keeps what was asked of it."""

    def __init__(self):
        self.queue = asyncio.Queue()
        self.settled = []
        self.renewed = []
        self.asked = []
        self.closed = False
        self.settled_one = asyncio.Event()

    def put(self, *messages):
        for item in messages:
            self.queue.put_nowait(item)

    async def receive(self, max_messages, wait):
        self.asked.append(max_messages)
        try:
            first = await asyncio.wait_for(self.queue.get(), wait)
        except TimeoutError:
            return []
        if isinstance(first, Exception):
            raise first
        rest = [self.queue.get_nowait() for _ in range(min(max_messages - 1, self.queue.qsize()))]
        return [first, *rest]

    async def complete(self, settled):
        self._settle("complete", settled)

    async def abandon(self, settled):
        self._settle("abandon", settled)

    async def renew_lock(self, held):
        self.renewed.append(held.body)
        return datetime.now(UTC) + timedelta(seconds=0.1)

    async def close(self):
        self.closed = True

    def _settle(self, how, settled):
        self.settled.append((how, settled.body))
        self.settled_one.set()


class Functions:
    """Stands in for the runtime: runs `behaviour` and keeps what ran and how much of it at once."""

    def __init__(self, behaviour):
        self.behaviour = behaviour
        self.seen = []
        self.running = 0
        self.most_running = 0

    async def invoke(self, function, parameter, payload, metadata):
        assert (function, parameter) == ("handle", "message")
        self.seen.append(payload.value)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await self.behaviour(payload.value)
        finally:
            self.running -= 1


def settings(**overrides):
    defaults = {
        "max_concurrent_calls": 4, "prefetch_count": 0, "max_lock_renewal": 300.0, "auto_complete": True,
        "max_batch_size": 5, "min_batch_size": 1, "max_batch_wait": 5.0,
    }  # fmt: skip
    return ServiceBusSettings(**{**defaults, **overrides})


def consumer(functions, *, batch=False, of_binding=None, **overrides):
    trigger = ServiceBusTrigger("handle", "message", "orders", "Bus", batch=batch, auto_complete=of_binding)
    chosen = settings(**overrides)
    delivery = Delivery(trigger, chosen, functions.invoke, Invocations(None, lambda: None))
    return (BatchConsumer if batch else SingleConsumer)(delivery, chosen)


@pytest.fixture
async def start():
    """Start pumps that end with the test."""
    pumps = []

    def starter(receivers, consuming):
        waiting = iter(receivers)

        async def connect():
            receiver = next(waiting)
            if isinstance(receiver, Exception):
                raise receiver
            return receiver

        pumps.append(QueuePump("orders", connect, consuming))
        return pumps[-1]

    yield starter
    for pump in pumps:
        await pump.stop_taking()


async def succeed(_body):
    return None


async def test_a_message_is_completed_when_its_function_returns_and_abandoned_when_it_fails(start):
    async def behaviour(body):
        return FAILURE if body == b"bad" else None

    receiver = MemoryReceiver()
    start([receiver], consumer(Functions(behaviour)))
    receiver.put(message(b"good"), message(b"bad"))
    await until(lambda: len(receiver.settled) == 2)

    assert sorted(receiver.settled) == [("abandon", b"bad"), ("complete", b"good")]


@pytest.mark.parametrize(
    ("of_host", "of_binding", "settles"),
    [(True, None, True), (False, None, False), (False, True, True), (True, False, False)],
)
async def test_the_binding_overrides_the_host_on_completion(start, of_host, of_binding, settles):
    functions, receiver = Functions(succeed), MemoryReceiver()
    start(
        [receiver], consumer(functions, of_binding=of_binding, auto_complete=of_host, max_concurrent_calls=1)
    )
    receiver.put(message(b"first"), message(b"second"))
    await until(lambda: len(functions.seen) == 2)

    assert (("complete", b"first") in receiver.settled) is settles


async def test_no_more_than_max_concurrent_calls_run_at_once(start):
    gate = asyncio.Event()

    async def behaviour(_body):
        await gate.wait()

    functions, receiver = Functions(behaviour), MemoryReceiver()
    start([receiver], consumer(functions, max_concurrent_calls=3))
    receiver.put(*(message(b"%d" % n) for n in range(10)))
    await until(lambda: functions.running == 3)
    gate.set()
    await until(lambda: len(receiver.settled) == 10)

    assert functions.most_running == 3
    assert max(receiver.asked) == 3


async def test_one_slow_message_does_not_hold_back_the_others(start):
    async def behaviour(body):
        if body == b"slow":
            await asyncio.Event().wait()

    functions, receiver = Functions(behaviour), MemoryReceiver()
    start([receiver], consumer(functions, max_concurrent_calls=2))
    receiver.put(message(b"slow"), *(message(b"%d" % n) for n in range(5)))
    await until(lambda: len(receiver.settled) == 5)


async def test_the_lock_of_a_running_message_is_renewed_again_and_again(start):
    receiver = MemoryReceiver()

    async def behaviour(_body):
        await until(lambda: len(receiver.renewed) >= 3)

    start([receiver], consumer(Functions(behaviour)))
    receiver.put(message(b"long", locked_until=datetime.now(UTC) + timedelta(seconds=0.1)))
    await until(lambda: receiver.settled)
    renewals = len(receiver.renewed)
    await asyncio.sleep(0.15)  # longer than a renewed lock: a renewal after settlement would show

    assert receiver.settled == [("complete", b"long")]
    assert len(receiver.renewed) == renewals


async def test_renewal_ends_at_its_limit(start):
    gate = asyncio.Event()

    async def behaviour(_body):
        await gate.wait()

    receiver = MemoryReceiver()
    start([receiver], consumer(Functions(behaviour), max_lock_renewal=0.12))
    receiver.put(message(b"endless", locked_until=datetime.now(UTC) + timedelta(seconds=0.1)))
    await until(lambda: receiver.renewed)
    await asyncio.sleep(0.3)
    gate.set()

    assert 1 <= len(receiver.renewed) <= 3


async def test_a_lost_lock_is_survived(start):
    receiver = MemoryReceiver()
    good_complete = receiver.complete

    async def complete(settled):
        if settled.body == b"late":
            raise RuntimeError("the lock is lost")
        await good_complete(settled)

    receiver.complete = complete
    start([receiver], consumer(Functions(succeed)))
    receiver.put(message(b"late"), message(b"next"))
    await until(lambda: receiver.settled == [("complete", b"next")])


async def test_a_batch_takes_what_is_there_and_runs_alone(start):
    gate = asyncio.Event()

    async def behaviour(_bodies):
        await gate.wait()

    functions, receiver = Functions(behaviour), MemoryReceiver()
    receiver.put(*(message(b"%d" % n) for n in range(7)))
    start([receiver], consumer(functions, batch=True))
    await until(lambda: functions.running == 1)
    gate.set()
    await until(lambda: len(receiver.settled) == 7)

    assert functions.seen == [[b"0", b"1", b"2", b"3", b"4"], [b"5", b"6"]]
    assert functions.most_running == 1


async def test_a_failing_batch_is_abandoned_whole_and_its_locks_are_not_renewed(start):
    async def behaviour(_bodies):
        await asyncio.sleep(0.15)
        return FAILURE

    receiver = MemoryReceiver()
    soon = datetime.now(UTC) + timedelta(seconds=0.05)
    receiver.put(message(b"1", locked_until=soon), message(b"2", locked_until=soon))
    start([receiver], consumer(Functions(behaviour), batch=True))
    await until(lambda: len(receiver.settled) == 2)

    assert receiver.settled == [("abandon", b"1"), ("abandon", b"2")]
    assert receiver.renewed == []


async def test_a_batch_waits_for_its_minimum_but_not_for_ever(start):
    functions, receiver = Functions(succeed), MemoryReceiver()
    start([receiver], consumer(functions, batch=True, min_batch_size=3, max_batch_wait=0.2))
    receiver.put(message(b"1"))
    await until(lambda: len(receiver.asked) == 2)
    receiver.put(message(b"2"))
    await until(lambda: len(receiver.asked) == 3)
    receiver.put(message(b"3"))
    await until(lambda: functions.seen == [[b"1", b"2", b"3"]])
    receiver.put(message(b"4"))
    await until(lambda: functions.seen == [[b"1", b"2", b"3"], [b"4"]])


@pytest.mark.parametrize("batch", [False, True])
async def test_the_pump_connects_again_when_the_broker_goes_away(start, batch):
    first, second = MemoryReceiver(), MemoryReceiver()
    pump = start(
        [OSError("refused"), first, OSError("refused"), second], consumer(Functions(succeed), batch=batch)
    )
    await pump.connected.wait()
    first.put(message(b"1"), message(b"2"))
    await until(lambda: len(first.settled) == 2)
    first.put(ConnectionResetError("gone"))
    second.put(message(b"3"))
    await until(lambda: second.settled)

    assert first.closed
    assert second.settled == [("complete", b"3")]


@pytest.mark.parametrize("batch", [False, True])
async def test_what_runs_when_the_pump_stops_is_still_settled(start, batch):
    gate = asyncio.Event()

    async def behaviour(_body):
        await gate.wait()

    functions, receiver = Functions(behaviour), MemoryReceiver()
    pump = start([receiver], consumer(functions, batch=batch))
    receiver.put(message(b"running"))
    await until(lambda: functions.running == 1)
    await pump.stop_taking()
    receiver.put(message(b"later"))
    gate.set()
    await until(lambda: receiver.settled)
    await pump.close()

    assert receiver.settled == [("complete", b"running")]
    assert receiver.closed
