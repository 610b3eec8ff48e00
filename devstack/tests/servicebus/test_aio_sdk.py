"""The asynchronous SDK, alone and with competing consumers."""

import asyncio
import contextlib
from datetime import timedelta

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.running import running_broker
from devstack.tests.support.broker import from_now

QUEUES = (QueueDeclaration("orders", lock_duration=timedelta(seconds=30)),)


async def test_send_schedule_receive_and_every_settlement() -> None:
    async with running_broker(QUEUES) as running, _client(running.connection_string) as client:
        queue = running.broker.queues["orders"]
        sender, receiver = client.get_queue_sender("orders"), client.get_queue_receiver("orders")
        await sender.send_messages([ServiceBusMessage(str(number)) for number in range(5)])
        (number,) = await sender.schedule_messages(ServiceBusMessage("later"), from_now(60))
        await sender.cancel_scheduled_messages(number)
        messages = await receiver.receive_messages(5, max_wait_time=5)
        assert [str(message) for message in messages] == ["0", "1", "2", "3", "4"]

        await receiver.complete_message(messages[0])
        await receiver.dead_letter_message(messages[1], reason="r", error_description="d")
        await receiver.defer_message(messages[2])
        assert messages[3].locked_until_utc is not None
        before = messages[3].locked_until_utc
        assert await receiver.renew_message_lock(messages[3]) > before
        await receiver.abandon_message(messages[4])
        assert queue.counts() == {"active": 1, "scheduled": 0, "deferred": 1, "locked": 1}
        assert queue.dead_letters is not None
        assert queue.dead_letters.counts()["active"] == 1
        peeked = await receiver.peek_messages(10, sequence_number=1)
        assert [str(message) for message in peeked] == ["2", "3", "4"]


async def test_four_competing_consumers_get_every_message_once() -> None:
    async with running_broker(QUEUES) as running, _client(running.connection_string) as client:
        sender = client.get_queue_sender("orders")
        batch = await sender.create_message_batch()
        for number in range(200):
            batch.add_message(ServiceBusMessage(str(number)))
        received: list[str] = []

        async def consume(receiver: ServiceBusReceiver) -> int:
            mine = 0
            while len(received) < 200:
                for message in await receiver.receive_messages(10, max_wait_time=0.3):
                    received.append(str(message))
                    mine += 1
                    await receiver.complete_message(message)
            return mine

        async with contextlib.AsyncExitStack() as stack:
            receivers = [client.get_queue_receiver("orders") for _ in range(4)]
            await asyncio.gather(*(stack.enter_async_context(receiver) for receiver in receivers))
            consumers = [asyncio.create_task(consume(receiver)) for receiver in receivers]
            await sender.send_messages(batch)
            shares = await asyncio.gather(*consumers)
        assert sorted(received, key=int) == [str(number) for number in range(200)]
        assert min(shares) > 0
        assert running.broker.queues["orders"].counts()["locked"] == 0


def _client(connection_string: str) -> ServiceBusClient:
    return ServiceBusClient.from_connection_string(connection_string)
