"""The unavoidable calls of an order and nothing else: no HTTP API, validation, rules, codecs or logs.

`python -m benchmarks.floor_process` runs with the environment of the app in one of two roles, as the product
has two processes: `place` writes what placing an order writes, and takes the gateway's reports; `work`
receives, claims, calls the provider, records, and appends to a feed. Every call goes through the product's
own adapters and group commits. A report reads its reference and its row, as it has to in a process that did
not send; the product spares itself that where it did, which the floor leaves it as an advantage.
"""

import asyncio
import json
import re
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from benchmarks.orders import address
from devstack.servicebus.client.received_message import ReceivedMessage
from devstack.servicebus.client.receiver import QueueReceiver
from shared.app.adapters import email_provider, queue_sender, sms_gateway, table_store
from shared.app.settings import Settings, read_settings
from shared.domain.orders.order import EmailContentType
from shared.ports.email import OutgoingEmail
from shared.ports.queues import QueuedMessage
from shared.ports.sms import OutgoingSms
from shared.ports.tables import Delete, Insert, Merge, Operation
from shared.records import queues
from shared.records.columns import Columns
from shared.runtime.errors import ConflictError
from shared.runtime.http_transport import shared_transport
from shared.storage.access.grouped import GroupedPartitions
from shared.storage.keys import GATEWAY_REFERENCES, ORDERS, STATUS_FEED, reference_key

_DEADLINE = 30.0
_CLOSE_SECONDS = 5.0
_ROUNDS = 50
_PAUSE_SECONDS = 0.01
_PARALLEL = 32  # of the send queue, as host.json says
_BATCH = 100
_PER_TRANSACTION = 100
_ID_BYTES = 16
_STATE = "s" * 450  # as much as the product keeps of an order with one notification
_BODY = bytes(300)
_VISIT = "!"  # before the keys of agenda rows
_TEXT = "t" * 90
_SEND_QUEUES = {"sms": queues.SMS_SEND, "email": queues.EMAIL_SEND}
_REFERENCE = re.compile(rb"<REF>(\w+)</REF>")


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """`count` orders of one channel, placed or worked off; `clients` tasks place."""

    role: str
    channel: str
    count: int
    clients: int


class FloorApp:
    """The settings of the product, and the adapters that an order needs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = table_store(settings)
        self.sender = queue_sender(settings)
        self.sms_gateway = sms_gateway(settings)
        self.email_provider = email_provider(settings)


@dataclass(frozen=True, slots=True)
class Placed:
    """When the first placement began and the last ended, monotonic seconds."""

    started: float
    ended: float


class Placing:
    """Writes what every order needs before it is accepted, and queues the gateway's reports."""

    def __init__(self, app: FloorApp, plan: FloorPlan) -> None:
        self._app = app
        self._plan = plan

    async def connect(self) -> None:
        """Listen where the gateway reports to."""
        url = urlsplit(self._app.settings.base_uri)
        self._server = await asyncio.start_server(self._take_report, url.hostname, url.port)
        self._app.sender.warm_up((_SEND_QUEUES[self._plan.channel], queues.DELIVERY_REPORTS))

    async def run(self) -> Placed:
        """Place all orders."""
        numbers = iter(range(self._plan.count))

        async def client() -> None:
            for number in numbers:
                await self._place(number)

        started = time.monotonic()
        await asyncio.gather(*(client() for _ in range(self._plan.clients)))
        return Placed(started, time.monotonic())

    async def _place(self, number: int) -> None:
        order = str(uuid.uuid4())
        row: Columns = {"State": _STATE, "Token": order, "Creator": "ttd", "Body": _BODY}
        visit = Insert(f"{_VISIT}{order}", {"Visits": 0, "Deadline": _TEXT, "WrittenAt": 1.0})
        etag, _ = await self._app.store.transact(ORDERS, _shard(order), [Insert(order, row), visit])
        body = {"order": order, "etag": etag, "to": address(self._plan.channel, number), "state": _STATE * 2}
        message = QueuedMessage(_SEND_QUEUES[self._plan.channel], order, json.dumps(body).encode())
        await self._app.sender.send(message, deadline=_DEADLINE)

    async def _take_report(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                document = await reader.readexactly(length)
                for reference in _REFERENCE.findall(document):
                    body = json.dumps({"reference": reference.decode()}).encode()
                    message = QueuedMessage(queues.DELIVERY_REPORTS, str(uuid.uuid4()), body)
                    await self._app.sender.send(message, deadline=_DEADLINE)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class Working:
    """Does what the queue functions have to do, with the same calls."""

    def __init__(self, app: FloorApp, plan: FloorPlan) -> None:
        self._app = app
        self._plan = plan
        self._agenda = GroupedPartitions(app.store, ORDERS)
        self._references = GroupedPartitions(app.store, GATEWAY_REFERENCES)
        self._feed = str(uuid.uuid4())
        self._head = ""
        self._last = 0

    async def connect(self) -> None:
        """Connect to the queues."""
        self._app.sender.warm_up((queues.STATUS_FEED,))
        connection = self._app.settings.service_bus.value
        names = (_SEND_QUEUES[self._plan.channel], queues.DELIVERY_REPORTS, queues.STATUS_FEED)
        self._receivers = [await QueueReceiver.connect(connection, name, prefetch=0) for name in names]

    async def run(self) -> None:
        """Work until ended."""
        sends, reports, feed = self._receivers
        await asyncio.gather(
            _each(sends, self._send), _batches(reports, self._reports), _batches(feed, self._append)
        )

    async def _send(self, message: ReceivedMessage) -> None:
        work = json.loads(message.body)
        order, etag = work["order"], work["etag"]
        if self._plan.channel == "sms":
            claim = Merge(order, {"State": _STATE, "Token": order}, etag)
            etag = await self._app.store.merge(ORDERS, _shard(order), claim)
            (answer,) = await self._app.sms_gateway.submit([OutgoingSms(work["to"], "Floor", _TEXT, 60)])
            partition, row_key = reference_key(answer.reference or "")
            registration = (Insert(row_key, {"Notification": order}),)
            await self._references.apply(partition, registration, deadline=_DEADLINE)
        else:
            await self._app.email_provider.send(_email(order, work["to"]))
        with suppress(ConflictError):  # then the report came first, and has written more than this
            await self._app.store.merge(
                ORDERS, _shard(order), Merge(order, {"State": _STATE, "Token": order}, etag)
            )

    async def _reports(self, messages: Sequence[ReceivedMessage]) -> None:
        await asyncio.gather(*(self._report(json.loads(message.body)) for message in messages))

    async def _report(self, report: Any) -> None:
        order = await self._order_of(report)
        for _ in range(_ROUNDS):
            row = await self._app.store.get(ORDERS, _shard(order), order)
            assert row is not None
            result = Merge(order, {"State": _STATE, "Token": order, "Status": "Completed"}, row.etag)
            with suppress(ConflictError):
                await self._app.store.merge(ORDERS, _shard(order), result)
                break
        body = json.dumps({"order": order, "state": _STATE}).encode()
        await self._app.sender.send(QueuedMessage(queues.STATUS_FEED, order, body), deadline=_DEADLINE)

    async def _order_of(self, report: Any) -> str:
        if "reference" not in report:  # the event of an e-mail
            return str(report["data"]["messageId"])
        partition, row_key = reference_key(report["reference"])
        for _ in range(_ROUNDS):
            row = await self._app.store.get(GATEWAY_REFERENCES, partition, row_key)
            if row is not None:
                return str(row.columns["Notification"])
            await asyncio.sleep(_PAUSE_SECONDS)
        raise TimeoutError("a reference was never registered")

    async def _append(self, messages: Sequence[ReceivedMessage]) -> None:
        orders = [str(json.loads(message.body)["order"]) for message in messages]
        for start in range(0, len(orders), _PER_TRANSACTION):
            chunk = orders[start : start + _PER_TRANSACTION]
            value: dict[str, Any] = {"Last": self._last + len(chunk)}
            head = Merge("!", value, self._head) if self._head else Insert("!", value)
            operations: list[Operation] = [head]
            operations.append(Insert(f"E{self._last + len(chunk):019d}", {"Body": _BODY * len(chunk)}))
            operations.append(Insert(f"M{chunk[0]}", {"Ids": bytes(_ID_BYTES * len(chunk))}))
            etags = await self._app.store.transact(STATUS_FEED, self._feed, operations)
            self._head, self._last = etags[0], self._last + len(chunk)
        removals = ((_shard(order), (Delete(f"{_VISIT}{order}"),)) for order in orders)
        await asyncio.gather(
            *(self._agenda.apply(shard, removal, deadline=_DEADLINE) for shard, removal in removals)
        )


def _shard(order: str) -> str:
    return f"0{order[0]}"


def _email(order: str, to: str) -> OutgoingEmail:
    return OutgoingEmail(
        operation_id=order,
        first_sent_at=datetime.now(UTC),
        to=to,
        sender="floor@example.no",
        subject="Floor",
        body=_TEXT,
        content_type=EmailContentType.PLAIN,
    )


async def _each(receiver: QueueReceiver, handle: Callable[[ReceivedMessage], Awaitable[None]]) -> None:
    free = asyncio.Semaphore(_PARALLEL)

    async def settle(message: ReceivedMessage) -> None:
        try:
            await handle(message)
            await receiver.complete(message)
        finally:
            free.release()

    async with asyncio.TaskGroup() as tasks:
        while True:
            for message in await receiver.receive(_PARALLEL, _DEADLINE):
                await free.acquire()
                tasks.create_task(settle(message))


async def _batches(
    receiver: QueueReceiver, handle: Callable[[Sequence[ReceivedMessage]], Awaitable[None]]
) -> None:
    while True:
        if messages := await receiver.receive(_BATCH, _DEADLINE):
            await handle(messages)
            await asyncio.gather(*(receiver.complete(message) for message in messages))


async def _main(plan: FloorPlan) -> None:
    app = FloorApp(read_settings())
    await app.store.get(ORDERS, _shard("0"), "nothing")  # opens the connection pool
    party = Placing(app, plan) if plan.role == "place" else Working(app, plan)
    await party.connect()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)  # until told to go
    running = asyncio.create_task(party.run())
    ending = loop.run_in_executor(None, sys.stdin.read)  # until told to end
    await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
    if running.done() and (placed := running.result()) is not None:
        print(json.dumps(asdict(placed)), flush=True)
        await ending
    running.cancel()
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await app.sender.close()
    await shared_transport().shutdown()


if __name__ == "__main__":
    asyncio.run(_main(FloorPlan(**json.loads(sys.stdin.readline()))))
