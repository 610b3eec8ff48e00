"""The sender against the Service Bus emulator, also when that is down, silent or restarted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
import pytest

from devstack.processes.ports import free_ports
from devstack.servicebus.client.received_message import ReceivedMessage
from devstack.servicebus.client.receiver import QueueReceiver
from devstack.servicebus.queues.declaration import load_declarations
from devstack.servicebus.running import running_broker
from shared.domain.orders.ids import IdMaker
from shared.domain.orders.trace import Tracing
from shared.messaging.sender import ServiceBusQueueSender
from shared.messaging.service_bus import ServiceBusLink, client_from_connection_string
from shared.ports.queues import QueuedMessage
from shared.records.queues import EMAIL_SEND, ORDERS, SMS_SEND, STATUS_FEED
from shared.runtime.errors import PermanentError, TransientError

DECLARATION = Path(__file__).parents[3] / "infra" / "queues.json"
PATIENCE = 10.0  # seconds that nothing here takes unless it is broken


def connection_string(port: int) -> str:
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=any;SharedAccessKey=any;"
        "UseDevelopmentEmulator=true;"
    )


@asynccontextmanager
async def sender_to(connection: str, *, pause_seconds: float = 30.0) -> AsyncIterator[ServiceBusQueueSender]:
    connect = partial(ServiceBusLink.connect, client_from_connection_string(connection))
    sender = ServiceBusQueueSender(connect, pause_seconds=pause_seconds)
    try:
        yield sender
    finally:
        await sender.close()


@pytest.fixture
async def sender(service_bus) -> AsyncIterator[ServiceBusQueueSender]:
    async with sender_to(service_bus.connection_string) as sender:
        yield sender


async def receive(service_bus, queue: str, count: int) -> list[ReceivedMessage]:
    """Receive that many messages and everything that comes with them; fails when there are too few."""
    receiver = await QueueReceiver.connect(service_bus.connection_string, queue, prefetch=0)
    messages: list[ReceivedMessage] = []
    try:
        while len(messages) < count:
            arrived = await receiver.receive(500, PATIENCE)
            assert arrived, f"only {len(messages)} of {count} messages arrived"
            messages += arrived
        for message in messages:
            await receiver.complete(message)
    finally:
        await receiver.close()
    return messages


async def transient_error(sender: ServiceBusQueueSender, deadline: float) -> str:
    """Send in vain, within the deadline and some tolerance for a busy machine; return the reason."""
    async with asyncio.timeout(deadline + 1.0):
        with pytest.raises(TransientError) as caught:
            await sender.send(QueuedMessage(ORDERS, "m", b"{}"), deadline=deadline)
    return str(caught.value)


async def send_until_accepted(sender: ServiceBusQueueSender, message: QueuedMessage) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await sender.send(message, deadline=2.0)
            except TransientError:
                await asyncio.sleep(0.05)


async def test_a_message_arrives_as_it_was_sent(service_bus, sender):
    await sender.send(QueuedMessage(ORDERS, "id-1", b'{"a":1}'), deadline=PATIENCE)
    (message,) = await receive(service_bus, ORDERS, 1)
    assert (message.body, message.message_id, message.content_type) == (
        b'{"a":1}',
        "id-1",
        "application/json",
    )


async def test_a_message_has_the_trace_of_its_order_as_properties(service_bus, sender):
    shipments = [IdMaker(b"0" * 32).random_chain().of_shipment(1) for _ in range(3)]
    alone, *together = (orjson.dumps({"id": str(shipment)}) for shipment in shipments)
    await sender.send(QueuedMessage(ORDERS, "report", b'{"kind":"sms"}'), deadline=PATIENCE)
    await sender.send(QueuedMessage(ORDERS, "alone", alone), deadline=PATIENCE)
    sharing = [QueuedMessage(ORDERS, f"m{n}", body, may_share=True) for n, body in enumerate(together)]
    await sender.send_all(sharing, deadline=PATIENCE)
    untraced, one, *others = await receive(service_bus, ORDERS, 3)
    assert not untraced.application_properties
    expected = Tracing(0).traceparent(shipments[:1])
    assert one.application_properties == {"traceparent": expected, "Diagnostic-Id": expected}
    traces = {message.application_properties["Diagnostic-Id"] for message in others}
    assert len(traces) == len(others)
    assert expected not in traces


async def test_concurrent_sends_arrive_once_each(service_bus, sender):
    ids = [f"m{n}" for n in range(400)]
    await asyncio.gather(*(sender.send(QueuedMessage(SMS_SEND, i, b"{}"), deadline=PATIENCE) for i in ids))
    messages = await receive(service_bus, SMS_SEND, len(ids))
    assert sorted(message.message_id for message in messages) == sorted(ids)


async def test_messages_beyond_one_transfer_are_all_sent(service_bus, sender):
    bodies = {f"m{n}": bytes([n]) * 20_000 for n in range(60)}
    messages = [QueuedMessage(EMAIL_SEND, message_id, body) for message_id, body in bodies.items()]
    await sender.send_all(messages, deadline=PATIENCE)
    received = await receive(service_bus, EMAIL_SEND, len(bodies))
    assert {message.message_id: message.body for message in received} == bodies


async def test_w04_a_message_too_large_is_refused_and_the_others_are_sent(service_bus, sender):
    sizes = {"before": 10, "too-large": 300_000, "after": 10}
    messages = [QueuedMessage(EMAIL_SEND, message_id, b"x" * size) for message_id, size in sizes.items()]
    with pytest.raises(PermanentError, match="too large"):
        await sender.send_all(messages, deadline=PATIENCE)
    received = await receive(service_bus, EMAIL_SEND, 2)
    assert [message.message_id for message in received] == ["before", "after"]


async def test_a_repeated_message_id_is_one_message(service_bus, sender):
    for message_id in ("twice", "twice", "last"):
        await sender.send(QueuedMessage(ORDERS, message_id, b"{}"), deadline=PATIENCE)
    received = await receive(service_bus, ORDERS, 2)
    assert [message.message_id for message in received] == ["twice", "last"]


async def test_a_scheduled_message_waits_for_its_instant_also_among_others(service_bus, sender):
    service_bus.clock.set_offset(0)
    due_at = datetime.now(UTC) + timedelta(hours=8)
    messages = [QueuedMessage(ORDERS, "later", b"{}", due_at), QueuedMessage(ORDERS, "now", b"{}")]
    await sender.send_all(messages, deadline=PATIENCE)
    assert [message.message_id for message in await receive(service_bus, ORDERS, 1)] == ["now"]
    try:
        service_bus.clock.set_offset(8 * 3600 + 1)
        assert [message.message_id for message in await receive(service_bus, ORDERS, 1)] == ["later"]
    finally:
        service_bus.clock.set_offset(0)


async def test_a_queue_that_does_not_exist_is_transient(sender):
    with pytest.raises(TransientError):
        await sender.send(QueuedMessage("missing", "m", b"{}"), deadline=PATIENCE)


async def test_warming_up_makes_the_links_that_sends_use(service_bus):
    links: list[str] = []
    make_client = client_from_connection_string(service_bus.connection_string)

    async def connect(queue: str) -> ServiceBusLink:
        links.append(queue)
        return await ServiceBusLink.connect(make_client, queue)

    sender = ServiceBusQueueSender(connect)
    sender.warm_up([STATUS_FEED, ORDERS])
    for n in range(3):
        await sender.send(QueuedMessage(STATUS_FEED, f"m{n}", b"{}"), deadline=PATIENCE)
    assert sorted(links) == [ORDERS, STATUS_FEED]
    assert len(await receive(service_bus, STATUS_FEED, 3)) == 3
    await sender.close()


async def test_while_the_service_is_down_nobody_waits_past_a_deadline_and_then_not_at_all():
    (port,) = free_ports(1)
    async with sender_to(connection_string(port), pause_seconds=1.0) as sender:
        reason, attempts = "", 0
        while "paused" not in reason:
            reason = await transient_error(sender, deadline=0.6)
            attempts += 1
        assert attempts > 3

        async with running_broker(load_declarations(DECLARATION), port=port) as running:
            await send_until_accepted(sender, QueuedMessage(ORDERS, "recovered", b"{}"))
            (message,) = await receive(running, ORDERS, 1)
            assert message.message_id == "recovered"


async def test_after_a_restart_of_the_service_messages_are_accepted_again():
    (port,) = free_ports(1)
    async with sender_to(connection_string(port)) as sender:
        async with running_broker(load_declarations(DECLARATION), port=port):
            await sender.send(QueuedMessage(ORDERS, "before", b"{}"), deadline=PATIENCE)
        async with running_broker(load_declarations(DECLARATION), port=port) as running:
            await send_until_accepted(sender, QueuedMessage(ORDERS, "after", b"{}"))
            (message,) = await receive(running, ORDERS, 1)
            assert message.message_id == "after"


async def test_a_silent_peer_costs_no_more_than_the_deadline():
    connected = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read()  # until the client gives up
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with sender_to(connection_string(port)) as sender:
        assert "not known" in await transient_error(sender, deadline=0.5)
        assert connected.is_set()
    server.close()


async def test_a_send_is_not_held_up_by_the_read_that_keeps_its_link_alive(service_bus):
    link = await ServiceBusLink.connect(client_from_connection_string(service_bus.connection_string), ORDERS)
    client = link._sender._handler  # noqa: SLF001  only the SDK itself reads in this way
    connection, seconds = client._connection, client._socket_timeout  # noqa: SLF001
    took = []
    for number in range(5):
        alive = asyncio.create_task(connection.listen(wait=seconds))
        await asyncio.sleep(0.001)
        start = asyncio.get_running_loop().time()
        assert await link.send([QueuedMessage(ORDERS, f"m{number}", b"{}")]) == [None]
        took.append(asyncio.get_running_loop().time() - start)
        await alive
    await link.close()
    assert sorted(took)[2] < 0.15, "the usual read takes 0.2 s"
