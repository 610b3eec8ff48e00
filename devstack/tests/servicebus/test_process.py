"""The emulator as a child process with a ready line, a control port and a journal."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from devstack.clock import ClockFile
from devstack.servicebus.client.connection_string import ConnectionString
from devstack.servicebus.client.receiver import QueueReceiver
from devstack.tests.support.broker import from_now

QUEUES = {
    "queues": [
        {"name": "orders", "requiresDuplicateDetection": True, "defaultMessageTimeToLive": "P14D"},
        {"name": "status-feed", "lockDuration": "PT30S"},
    ]
}


@dataclass(frozen=True, slots=True)
class Emulator:
    process: asyncio.subprocess.Process
    connection_string: str
    control: str

    async def get(self, path: str) -> object:
        async with aiohttp.ClientSession() as session, session.get(self.control + path) as response:
            assert response.status == 200
            return await response.json()

    async def post(self, path: str) -> tuple[int, Any]:
        async with aiohttp.ClientSession() as session, session.post(self.control + path, json={}) as response:
            return response.status, await response.json()


@asynccontextmanager
async def emulator(directory: Path, *options: str) -> AsyncIterator[Emulator]:
    declaration = directory / "queues.json"
    declaration.write_text(json.dumps(QUEUES))
    arguments = ["-m", "devstack.servicebus", "--queues", str(declaration), *options]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(10):
            ready = json.loads(await process.stdout.readline())["ready"]
        address = ConnectionString("127.0.0.1", ready["port"], "name", "key")
        yield Emulator(process, str(address), f"http://127.0.0.1:{ready['controlPort']}")
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_ends_on_sigterm(tmp_path: Path) -> None:
    async with emulator(tmp_path) as running:
        receiver = await QueueReceiver.connect(running.connection_string, "orders", prefetch=0)
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(3):
            assert await running.process.wait() == 0
        with pytest.raises(ConnectionError):
            await receiver.receive(1, wait=5)
        await receiver.close()


async def test_a_bad_declaration_is_explained(tmp_path: Path) -> None:
    (tmp_path / "queues.json").write_text('{"queues": [{"name": "q", "lockDuration": "1 minute"}]}')
    arguments = ["-m", "devstack.servicebus", "--queues", str(tmp_path / "queues.json")]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"'1 minute'" in errors
    assert b"Traceback" not in errors


async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"), "--clock-file", str(tmp_path / "clock"))
    async with emulator(tmp_path, *data) as first:
        async with ServiceBusClient.from_connection_string(first.connection_string) as client:
            sender = client.get_queue_sender("orders")
            for number in range(20):
                await sender.send_messages(ServiceBusMessage(str(number), message_id=f"id-{number}"))
            await sender.schedule_messages(ServiceBusMessage("scheduled"), from_now(3600))
        receiver = await QueueReceiver.connect(first.connection_string, "orders", prefetch=0)
        messages = [m for _ in range(4) for m in await receiver.receive(1, wait=5)]
        await receiver.complete(messages[0])
        await receiver.abandon(messages[1])
        await receiver.dead_letter(messages[2], "reason", "description")
        first.process.kill()
        await first.process.wait()
        await receiver.close()

    # Message 3 was locked by a client of the dead broker; it is free again, as after a failover.
    async with emulator(tmp_path, *data) as second:
        counts = await second.get("/queues")
        assert isinstance(counts, dict)
        orders = counts["orders"]
        assert (orders["active"], orders["scheduled"], orders["deadLetter"]) == (18, 1, 1)
        receiver = await QueueReceiver.connect(second.connection_string, "orders", prefetch=0)
        restored = await receiver.receive(18, wait=5)
        while len(restored) < 18:
            restored += await receiver.receive(18, wait=5)
        expected = [("1", 1), *((str(number), 0) for number in range(3, 20))]
        assert [(m.body.decode(), m.delivery_count) for m in restored] == expected
        for message in restored:
            await receiver.complete(message)

        # The memory of duplicates and the schedule survive as well.
        async with ServiceBusClient.from_connection_string(second.connection_string) as client:
            again = ServiceBusMessage("again", message_id="id-0")
            await client.get_queue_sender("orders").send_messages(again)
        ClockFile(tmp_path / "clock").set_offset(3601)
        (due,) = await receiver.receive(1, wait=5)
        assert due.body == b"scheduled"
        assert due.sequence_number > restored[-1].sequence_number
        await receiver.close()


async def test_a_torn_record_costs_only_itself(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    async with emulator(tmp_path, *data) as first:
        async with ServiceBusClient.from_connection_string(first.connection_string) as client:
            sender = client.get_queue_sender("status-feed")
            await sender.send_messages([ServiceBusMessage("whole")])
            await sender.send_messages([ServiceBusMessage("torn")])
        first.process.kill()
        await first.process.wait()
    journal = tmp_path / "data" / "queues.journal"
    journal.write_bytes(journal.read_bytes()[:-3])
    async with emulator(tmp_path, *data) as second:
        peeked = await second.get("/queues/status-feed/peek")
        assert isinstance(peeked, list)
        assert [message["body"] for message in peeked] == ["whole"]


async def test_the_control_port_shows_and_wipes(tmp_path: Path) -> None:
    async with emulator(tmp_path) as running:
        async with ServiceBusClient.from_connection_string(running.connection_string) as client:
            message = ServiceBusMessage("hello", message_id="m", application_properties={"n": 1})
            await client.get_queue_sender("orders").send_messages(message)
            await client.get_queue_sender("status-feed").send_messages(ServiceBusMessage(b"\xff"))
        receiver = await QueueReceiver.connect(running.connection_string, "orders", prefetch=0)
        (locked,) = await receiver.receive(1, wait=5)
        assert locked.expires_at - locked.enqueued_at == timedelta(days=14)
        counts = await running.get("/queues")
        assert isinstance(counts, dict)
        assert counts["orders"]["locked"] == counts["orders"]["sent"] == 1
        (shown,) = await _list(running, "/queues/orders/peek")
        assert (shown["body"], shown["messageId"], shown["state"]) == ("hello", "m", "locked")
        assert shown["applicationProperties"] == {"n": 1}
        assert await _list(running, "/queues/orders/peek?state=locked&count=0") == [shown]
        assert await _list(running, "/queues/orders/peek?state=active") == []
        await receiver.dead_letter(locked, "why", "because")
        (dead,) = await _list(running, "/queues/orders/peek?dead=1")
        assert dead["applicationProperties"]["DeadLetterReason"] == "why"

        status, lost = await running.post("/queues/orders/wipe")
        assert (status, lost["orders"]) == (200, [])
        assert [message["body"] for message in lost["orders/$deadletterqueue"]] == ["hello"]
        assert await _list(running, "/queues/orders/peek?dead=1") == []
        assert len(await _list(running, "/queues/status-feed/peek")) == 1
        status, lost = await running.post("/wipe")
        assert (status, [len(messages) for messages in lost.values()]) == (200, [0, 0, 1, 0])
        assert lost["status-feed"][0]["body"] == {"base64": "/w=="}
        assert await _list(running, "/queues/status-feed/peek") == []
        assert (await running.post("/queues/none/wipe"))[0] == 404
        await receiver.close()


async def _list(running: Emulator, path: str) -> list[dict[str, Any]]:
    answer = await running.get(path)
    assert isinstance(answer, list)
    return answer


async def test_the_control_port_tells_when_so_many_items_were_sent(tmp_path: Path) -> None:
    async with emulator(tmp_path) as running:
        started_at = time.monotonic()
        assert await running.get("/queues/orders/items?count=1&seconds=0.05") == {"items": 0, "at": None}
        waiting = asyncio.create_task(running.get("/queues/orders/items?count=3&seconds=20"))
        async with ServiceBusClient.from_connection_string(running.connection_string) as client:
            sender = client.get_queue_sender("orders")
            for number in range(3):
                await sender.send_messages(ServiceBusMessage("x", message_id=f"id-{number}"))
        answer = await waiting
        assert isinstance(answer, dict)
        assert answer["items"] == 3
        assert started_at < answer["at"] < time.monotonic()
