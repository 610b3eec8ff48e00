"""Delivery reports on the emulated Service Bus, sent and received with the real SDK over sockets."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from azure.servicebus.aio import ServiceBusClient

from devstack.clock import ClockFile
from devstack.project import ROOT
from devstack.simulators.acs.event_queue import ServiceBusEventQueue
from devstack.simulators.acs.reports import EmailReports, delivery_report
from devstack.simulators.faults.book import FaultBook
from devstack.simulators.faults.notes import FaultNotes
from devstack.simulators.outbox import Outbox
from devstack.simulators.stats import Stats
from devstack.simulators.surroundings import Surroundings

QUEUE = "delivery-reports"


def connection_string(port: int) -> str:
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=local;SharedAccessKey=bG9jYWw=;"
        "UseDevelopmentEmulator=true"
    )


@asynccontextmanager
async def broker(port: int, clock_file: Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devstack.servicebus", "--port", str(port),
        "--queues", str(ROOT / "infra" / "queues.json"), "--clock-file", str(clock_file),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            assert "ready" in json.loads(await process.stdout.readline())
        yield
    finally:
        process.terminate()
        await process.communicate()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
async def events(port: int) -> AsyncIterator[ServiceBusEventQueue]:
    queue = ServiceBusEventQueue(connection_string(port), QUEUE)
    queue.start()
    yield queue
    await queue.close()


def send_reports(events: ServiceBusEventQueue, clock: ClockFile, *message_ids: str) -> None:
    stats = Stats()
    here = Surroundings(Outbox(), FaultBook(stats), FaultNotes(), stats, clock, 0.0, 0.0)
    reports = EmailReports(events, here)
    for message_id in message_ids:
        event = delivery_report(
            message_id=message_id,
            status="Delivered",
            sender="a@example.no",
            recipient="b@example.no",
            at=datetime.now(UTC),
        )
        reports.schedule(0.0, event, "b@example.no")


async def received(port: int, count: int) -> list[str]:
    message_ids: list[str] = []
    async with (
        asyncio.timeout(15),
        ServiceBusClient.from_connection_string(connection_string(port)) as client,
        client.get_queue_receiver(QUEUE) as receiver,
    ):
        while len(message_ids) < count:
            for message in await receiver.receive_messages(count, max_wait_time=5):
                event = json.loads(b"".join(message.body))
                assert message.application_properties[b"aeg-event-type"] == b"Notification"
                assert message.message_id == event["id"]
                message_ids.append(event["data"]["messageId"])
                await receiver.complete_message(message)
    return message_ids


async def test_reports_arrive_and_survive_a_broker_that_goes_away(events, port, tmp_path):
    clock = ClockFile(tmp_path / "sent-clock")
    first = [f"first-{number}" for number in range(150)]
    send_reports(events, clock, *first)  # before there is a broker
    async with broker(port, tmp_path / "clock"):
        assert sorted(await received(port, len(first))) == sorted(first)
    send_reports(events, clock, "second")
    async with broker(port, tmp_path / "clock"):
        assert await received(port, 1) == ["second"]
