"""The queue trigger over a receiver in memory: dispatch, settlement, limits, lock renewal, batches."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from devstack.host.payloads import Failure
from devstack.tests.support.conditions import until
from devstack.tests.support.host.memory_receiver import Functions, MemoryReceiver, consumer, succeed
from devstack.tests.support.host.messages import message

FAILURE = Failure("RuntimeError('no')", "")


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
