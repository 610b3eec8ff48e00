"""The pump of a queue over lost connections and at its end."""

import asyncio

import pytest

from devstack.tests.support.conditions import until
from devstack.tests.support.host.memory_receiver import Functions, MemoryReceiver, consumer, succeed
from devstack.tests.support.host.messages import message


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
