"""The receiver of the Functions host, against a broker that is filled without a client."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from devstack.amqp.message import open_envelope, write_message
from devstack.amqp.performatives import Properties
from devstack.amqp.types import Timestamp
from devstack.servicebus.client.receiver import QueueReceiver
from devstack.servicebus.errors import LockLostError
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.running import RunningBroker, running_broker

QUEUES = (QueueDeclaration("orders"), QueueDeclaration("brief", lock_duration=timedelta(seconds=0.2)))
EMPTY = {"active": 0, "scheduled": 0, "deferred": 0, "locked": 0}


@pytest.fixture
async def running() -> AsyncIterator[RunningBroker]:
    async with running_broker(QUEUES) as broker:
        yield broker


@pytest.fixture
async def receiver(running: RunningBroker) -> AsyncIterator[QueueReceiver]:
    receiver = await QueueReceiver.connect(running.connection_string, "orders", prefetch=0)
    yield receiver
    await receiver.close()


def fill(running: RunningBroker, *bodies: bytes, queue: str = "orders") -> None:
    for body in bodies:
        running.broker.queues[queue].send(open_envelope(write_message(body, properties=Properties())))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


async def test_a_message_with_all_its_properties(running: RunningBroker, receiver: QueueReceiver) -> None:
    properties = Properties(
        "m", b"u", "to", "subject", "reply", UUID(int=3), "json", None, None, None, "s", 1, "rs"
    )
    application_properties = {"text": "ø", "number": 5, "at": Timestamp(1000)}
    data = write_message(b"{}", properties=properties, application_properties=application_properties)
    running.broker.queues["orders"].send(open_envelope(data))

    (message,) = await receiver.receive(10, wait=5)
    assert message.body == b"{}"
    assert (message.message_id, message.correlation_id) == ("m", str(UUID(int=3)))
    assert (message.to, message.subject, message.reply_to) == ("to", "subject", "reply")
    assert (message.content_type, message.session_id, message.reply_to_session_id) == ("json", "s", "rs")
    at = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert message.application_properties == {"text": "ø", "number": 5, "at": at}
    assert (message.delivery_count, message.sequence_number) == (0, 1)
    assert message.expires_at == datetime.max.replace(tzinfo=UTC)
    left = message.locked_until - datetime.now(UTC)
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)
    await receiver.complete(message)
    assert running.broker.queues["orders"].counts() == EMPTY


async def test_receive_returns_at_once_what_is_there_and_nothing_after_the_wait(
    running: RunningBroker, receiver: QueueReceiver
) -> None:
    assert await receiver.receive(5, wait=0.05) == []
    waiting = asyncio.create_task(receiver.receive(5, wait=5))
    await asyncio.sleep(0)
    fill(running, b"1", b"2")
    assert [message.body for message in await waiting] == [b"1", b"2"]


async def test_abandon_dead_letter_and_renew(running: RunningBroker, receiver: QueueReceiver) -> None:
    fill(running, b"x")
    (message,) = await receiver.receive(1, wait=5)
    await receiver.abandon(message)
    (message,) = await receiver.receive(1, wait=5)
    assert message.delivery_count == 1
    await asyncio.sleep(0.002)  # instants on the wire are whole milliseconds
    assert await receiver.renew_lock(message) > message.locked_until
    await receiver.dead_letter(message, "reason", "description")

    dead_letters = await QueueReceiver.connect(
        running.connection_string, "orders/$deadletterqueue", prefetch=1
    )
    (dead,) = await dead_letters.receive(1, wait=5)
    assert dead.application_properties["DeadLetterReason"] == "reason"
    assert dead.application_properties["DeadLetterErrorDescription"] == "description"
    assert dead.dead_letter_source == "orders"
    await dead_letters.complete(dead)
    await dead_letters.close()
    assert running.broker.queues["orders/$deadletterqueue"].counts() == EMPTY


async def test_a_lost_lock_is_told_for_every_way_to_use_it(running: RunningBroker) -> None:
    receiver = await QueueReceiver.connect(running.connection_string, "brief", prefetch=0)
    fill(running, b"x", queue="brief")
    (message,) = await receiver.receive(1, wait=5)
    await until(lambda: running.broker.queues["brief"].counts()["locked"] == 0)
    for use in (receiver.complete, receiver.abandon, receiver.renew_lock):
        with pytest.raises(LockLostError):
            await use(message)
        # A settled delivery is forgotten on both sides; the next use needs one that only lost its lock.
        (message,) = await receiver.receive(1, wait=5)
        await until(lambda: running.broker.queues["brief"].counts()["locked"] == 0)
    await receiver.close()


async def test_prefetched_messages_return_when_the_receiver_closes(running: RunningBroker) -> None:
    receiver = await QueueReceiver.connect(running.connection_string, "orders", prefetch=10)
    fill(running, *(str(number).encode() for number in range(15)))
    taken = await receiver.receive(3, wait=5)
    await until(lambda: running.broker.queues["orders"].counts()["locked"] >= 10)
    await receiver.close()
    await until(lambda: running.broker.queues["orders"].counts()["locked"] == 3)

    other = await QueueReceiver.connect(running.connection_string, "orders", prefetch=20)
    rest = [m for _ in range(2) for m in await other.receive(20, wait=0.2)]
    assert [(m.body, m.delivery_count) for m in rest] == [(str(n).encode(), 0) for n in range(3, 15)]
    assert [message.body for message in taken] == [b"0", b"1", b"2"]
    await other.close()


async def test_messages_under_way_while_the_receiver_closes_are_not_kept(running: RunningBroker) -> None:
    receiver = await QueueReceiver.connect(running.connection_string, "orders", prefetch=500)
    assert await receiver.receive(1, wait=0.02) == []
    fill(running, *(b"x" * 2000 for _ in range(400)))
    await receiver.close()
    # Long before the locks would end; the broker has yet to read what the receiver said last.
    await until(lambda: running.broker.queues["orders"].counts()["active"] == 400)


async def test_a_cancelled_receive_takes_nothing_along(
    running: RunningBroker, receiver: QueueReceiver
) -> None:
    waiting = asyncio.create_task(receiver.receive(5, wait=30))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    # Sent before the broker can know of the cancellation, so it comes here first and is given back.
    fill(running, b"x")
    other = await QueueReceiver.connect(running.connection_string, "orders", prefetch=0)
    assert [message.body for message in await other.receive(1, wait=5)] == [b"x"]
    await other.close()


async def test_competing_receivers_share_the_load(running: RunningBroker) -> None:
    receivers = [
        await QueueReceiver.connect(running.connection_string, "orders", prefetch=0) for _ in range(4)
    ]
    received: list[bytes] = []

    async def consume(receiver: QueueReceiver) -> int:
        mine = 0
        while len(received) < 400:
            messages = await receiver.receive(8, wait=0.2)
            received.extend(message.body for message in messages)
            mine += len(messages)
            await asyncio.gather(*(receiver.complete(message) for message in messages))
        return mine

    tasks = [asyncio.create_task(consume(receiver)) for receiver in receivers]
    fill(running, *(str(number).encode() for number in range(400)))
    shares = await asyncio.gather(*tasks)
    assert len(set(received)) == len(received) == 400
    assert min(shares) > 0
    for receiver in receivers:
        await receiver.close()


async def test_a_dead_broker_wakes_everybody_and_a_new_one_serves_again() -> None:
    async with running_broker(QUEUES) as first:
        port = first.port
        receiver = await QueueReceiver.connect(first.connection_string, "orders", prefetch=0)
        fill(first, b"x")
        (message,) = await receiver.receive(1, wait=5)
        waiting = asyncio.create_task(receiver.receive(1, wait=30))
        await asyncio.sleep(0)
    with pytest.raises(ConnectionError, match="lost the connection"):
        await waiting
    for use in (receiver.complete, receiver.renew_lock):
        with pytest.raises(ConnectionError):
            await use(message)
    with pytest.raises(OSError, match=str(port)):
        await QueueReceiver.connect(first.connection_string, "orders", prefetch=0)
    await receiver.close()

    async with running_broker(QUEUES, port=port) as second:
        receiver = await QueueReceiver.connect(second.connection_string, "orders", prefetch=0)
        fill(second, b"y")
        assert [message.body for message in await receiver.receive(1, wait=5)] == [b"y"]
        await receiver.close()


async def test_locks_outlive_the_connection(running: RunningBroker) -> None:
    receiver = await QueueReceiver.connect(running.connection_string, "brief", prefetch=0)
    fill(running, b"x", queue="brief")
    (message,) = await receiver.receive(1, wait=5)
    await receiver.close()
    other = await QueueReceiver.connect(running.connection_string, "brief", prefetch=0)
    (again,) = await other.receive(1, wait=5)
    assert (again.body, again.delivery_count) == (message.body, 1)
    assert datetime.now(UTC) >= message.locked_until
    await other.close()


async def test_an_unknown_queue(running: RunningBroker) -> None:
    with pytest.raises(ConnectionError, match="amqp:not-found"):
        await QueueReceiver.connect(running.connection_string, "missing", prefetch=0)


async def test_a_large_message(running: RunningBroker, receiver: QueueReceiver) -> None:
    body = json.dumps({"x": "y" * 200_000}).encode()
    fill(running, body)
    (message,) = await receiver.receive(1, wait=5)
    assert message.body == body
