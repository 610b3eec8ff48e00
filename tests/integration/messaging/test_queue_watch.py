"""Looking into queues of the Service Bus emulator with the SDK."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from devstack.processes.ports import free_ports
from devstack.servicebus.client.receiver import QueueReceiver
from devstack.servicebus.queues.declaration import load_declarations
from devstack.servicebus.queues.time_source import TimeSource
from devstack.servicebus.running import running_broker
from shared.messaging.queue_watch import ServiceBusQueueWatch
from shared.messaging.sender import ServiceBusQueueSender
from shared.messaging.service_bus import ServiceBusLink, client_from_connection_string
from shared.ports.queues import QueuedMessage
from shared.records.queues import ORDERS
from shared.runtime.errors import PermanentError, TransientError

DECLARATION = Path(__file__).parents[3] / "infra" / "queues.json"
START = datetime(2031, 5, 5, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PATIENCE = 10.0


class Stand:
    """A broker whose clock stands still, what sends to it, and what looks into it."""

    def __init__(self):
        self.now = START
        self._sent = 0

    @asynccontextmanager
    async def running(self):
        time = TimeSource(moved=self._seconds)
        async with running_broker(load_declarations(DECLARATION), time=time) as self.broker:
            self.make_client = client_from_connection_string(self.broker.connection_string)
            self.sender = ServiceBusQueueSender(partial(ServiceBusLink.connect, self.make_client))
            self.watch = self.new_watch()
            try:
                yield self
            finally:
                await self.sender.close()

    def new_watch(self, **limits):
        return ServiceBusQueueWatch(self._client, **limits)

    def _client(self):
        return self.make_client()  # which a test may exchange

    def _seconds(self):
        return self.now.timestamp()

    @property
    def queue(self):
        return self.broker.broker.queues[ORDERS]

    async def send(self, count=1, *, at=None):
        messages = [QueuedMessage(ORDERS, f"m{self._sent + n}", b"{}", at) for n in range(count)]
        self._sent += count
        await self.sender.send_all(messages, deadline=PATIENCE)

    async def oldest(self):
        return await self.watch.oldest(ORDERS)

    @asynccontextmanager
    async def receiver(self):
        receiver = await QueueReceiver.connect(self.broker.connection_string, ORDERS, prefetch=0)
        try:
            yield receiver
        finally:
            await receiver.close()


@pytest.fixture
async def stand():
    async with Stand().running() as stand:
        yield stand


async def test_an_empty_queue_has_no_oldest_message(stand):
    assert await stand.oldest() is None


async def test_the_oldest_message_tells_since_when_it_is_there_by_the_clock_of_the_cloud(stand):
    await stand.send()
    stand.now += HOUR
    await stand.send(5)
    stand.now += HOUR
    assert await stand.oldest() == START


async def test_what_is_under_way_counts_until_it_is_done(stand):
    await stand.send()
    stand.now += HOUR
    await stand.send()
    async with stand.receiver() as receiver:
        (first,) = await receiver.receive(1, PATIENCE)
        assert await stand.oldest() == START
        await receiver.abandon(first)
        assert await stand.oldest() == START
        (again,) = await receiver.receive(1, PATIENCE)
        assert again.message_id == first.message_id
        await receiver.complete(again)
        assert await stand.oldest() == START + HOUR
        (second,) = await receiver.receive(1, PATIENCE)
        await receiver.complete(second)
    assert await stand.oldest() is None


async def test_a_message_that_was_given_up_does_not_count(stand):
    await stand.send()
    stand.now += HOUR
    await stand.send()
    async with stand.receiver() as receiver:
        for _ in range(10):
            (message,) = await receiver.receive(1, PATIENCE)
            await receiver.abandon(message)
    assert await stand.oldest() == START + HOUR


async def test_a_scheduled_message_counts_from_its_time_on(stand):
    await stand.send(at=START + HOUR)
    assert await stand.oldest() is None
    stand.now += timedelta(minutes=5)
    await stand.send()
    assert await stand.oldest() == START + timedelta(minutes=5)
    async with stand.receiver() as receiver:
        (message,) = await receiver.receive(1, PATIENCE)
        await receiver.complete(message)
    assert await stand.oldest() is None
    stand.now = START + HOUR
    stand.broker.broker.tick()
    stand.now += HOUR
    assert await stand.oldest() == START + HOUR


@pytest.mark.parametrize("scheduled", [1, 100, 101, 450])
async def test_any_number_of_scheduled_messages_is_passed_over(stand, scheduled):
    await stand.send(scheduled, at=START + HOUR)
    assert await stand.oldest() is None
    stand.now += timedelta(minutes=1)
    await stand.send()
    await stand.send(3, at=START + HOUR)
    assert await stand.oldest() == START + timedelta(minutes=1)


async def test_more_scheduled_messages_than_one_look_passes_over_take_several(stand):
    stand.watch = stand.new_watch(page_messages=10, max_pages=4)
    await stand.send(75, at=START + HOUR)
    await stand.send()
    for _ in range(2):
        with pytest.raises(TransientError, match="scheduled"):
            await stand.oldest()
    assert await stand.oldest() == START
    assert await stand.oldest() == START, "what was passed over need not be passed over again"


async def test_a_wiped_queue_shows_nothing_and_then_what_comes(stand):
    await stand.send(150, at=START + HOUR)
    await stand.send()
    assert await stand.oldest() == START
    stand.broker.broker.wipe()
    assert await stand.oldest() is None
    stand.now += HOUR
    await stand.send()
    assert await stand.oldest() == START + HOUR


async def test_a_queue_that_was_made_anew_is_seen_from_its_beginning(stand):
    await stand.send(150, at=START + HOUR)
    assert await stand.oldest() is None
    async with Stand().running() as other:
        stand.make_client = other.make_client
        assert await stand.oldest() is None
        await other.send(at=START + HOUR)
        await other.send()
        assert await stand.oldest() == START


async def test_looking_takes_nothing(stand):
    await stand.send(3)
    for _ in range(5):
        assert await stand.oldest() == START
    assert [message.delivery_count for message in stand.queue.peek(0, 9)] == [0, 0, 0]
    assert stand.queue.counters["completed"] == 0
    async with stand.receiver() as receiver:
        received = []
        while len(received) < 3:
            received += await receiver.receive(3, PATIENCE)
    assert [message.message_id for message in received] == ["m0", "m1", "m2"]


async def test_a_queue_that_does_not_exist_cannot_be_looked_into(stand):
    with pytest.raises(PermanentError):
        await stand.watch.oldest("missing")


async def test_a_queue_that_nobody_may_look_into_is_refused_for_good():
    async with running_broker(load_declarations(DECLARATION), key="right") as broker:
        wrong = broker.connection_string.replace("right", "wrong")
        assert wrong != broker.connection_string
        with pytest.raises((PermanentError, TransientError), match="looked into"):
            await ServiceBusQueueWatch(client_from_connection_string(wrong)).oldest(ORDERS)


async def test_a_service_that_is_down_cannot_be_looked_into():
    (port,) = free_ports(1)
    connection = (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=a;SharedAccessKey=a;UseDevelopmentEmulator=true;"
    )
    with pytest.raises(TransientError):
        await ServiceBusQueueWatch(client_from_connection_string(connection)).oldest(ORDERS)


async def test_a_silent_peer_costs_no_more_than_the_time_for_a_look():
    async def say_nothing(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=a;SharedAccessKey=a;UseDevelopmentEmulator=true;"
    )
    watch = ServiceBusQueueWatch(client_from_connection_string(connection), look_seconds=0.3)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(TransientError, match="in time"):
            await watch.oldest(ORDERS)
    server.close()
