"""A small HTTP port that shows and wipes queues, for tests and tools."""

import asyncio
import base64
import contextlib
import json
import logging
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from multidict import CIMultiDict

from devstack.amqp.message import Content, read_content
from devstack.amqp.performatives import Properties
from devstack.amqp.types import AmqpError
from devstack.own_callers import refused_to_control
from devstack.servicebus.queues.broker import DEAD_LETTER_SUFFIX, Broker
from devstack.servicebus.queues.queue import Queue
from devstack.servicebus.queues.stored_message import State, StoredMessage

_log = logging.getLogger(__name__)
_DEFAULT_PEEK = 100


class NoSuchResourceError(Exception):
    """The path or the queue does not exist."""


class ControlPort:
    """`GET /queues`, `GET /queues/{name}/peek?dead=1&count=n`, `POST /queues/{name}/wipe`, `POST /wipe`.

    `GET /queues/{name}/items?count=n&seconds=s` answers with the number of items that have been sent there,
    as soon as that is `count`, or when the seconds are over; asking again and again takes time of the queues.
    `at` says when the last of them came, by the monotonic clock that all processes of a machine share.
    A peek with `state`, such as `locked`, shows all messages in that state instead of the first `count`.
    A wipe answers with the lost messages by queue, in the same form as a peek. It must be marked as JSON.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Listen on 127.0.0.1; returns the port, which is a free one when `port` is 0."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._server.abort_clients()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            request, _, fields = head.decode("latin-1").partition("\r\n")
            method, target, _ = request.split(" ", 2)
            refusal = refused_to_control(method, _headers(fields))
            if refusal is None:
                status, answer = await self._answer(method, target)
            else:
                status, answer = "403 Forbidden", {"error": refusal}
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, ConnectionError) as error:
            status, answer = "400 Bad Request", {"error": str(error)}
        body = json.dumps(answer, default=_plain).encode()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + body
        )
        try:
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except ConnectionError as error:
            _log.debug("the reader of the control port went away: %s", error)

    async def _answer(self, method: str, target: str) -> tuple[str, object]:
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        try:
            match method, *(unquote(part) for part in url.path.strip("/").split("/")):
                case "GET", "queues":
                    return "200 OK", self._overview()
                case "GET", "queues", name, "peek":
                    return "200 OK", self._peek(name, query)
                case "GET", "queues", name, "items":
                    return "200 OK", await self._items(name, query)
                case "POST", "queues", name, "wipe":
                    return "200 OK", _lost(self._broker.wipe(self._queue(name).name))
                case "POST", "wipe":
                    return "200 OK", _lost(self._broker.wipe())
                case _:
                    raise NoSuchResourceError(f"nothing answers {method} {url.path}")
        except NoSuchResourceError as error:
            return "404 Not Found", {"error": str(error)}

    def _overview(self) -> dict[str, object]:
        return {
            name: {
                **queue.counts(),
                "deadLetter": sum(queue.dead_letters.counts().values()),
                **queue.counters,
            }
            for name, queue in self._broker.queues.items()
            if queue.dead_letters is not None
        }

    async def _items(self, name: str, query: Mapping[str, str]) -> dict[str, float | None]:
        queue = self._queue(name)
        at: float | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(query.get("seconds", 0))):
                await queue.wait_items(int(query.get("count", 0)))
                at = time.monotonic()
        return {"items": queue.counters["items"], "at": at}

    def _peek(self, name: str, query: Mapping[str, str]) -> list[dict[str, object]]:
        queue = self._queue(
            name + DEAD_LETTER_SUFFIX if query.get("dead", "0") not in {"0", "false"} else name
        )
        wanted = query.get("state")
        messages = queue.peek(0, sys.maxsize if wanted else int(query.get("count", _DEFAULT_PEEK)))
        return [_shown(message) for message in messages if wanted in (None, _state(message))]

    def _queue(self, name: str) -> Queue:
        queue = self._broker.find(name)
        if queue is None:
            raise NoSuchResourceError(f"no queue is called {name!r}")
        return queue


def _headers(fields: str) -> CIMultiDict[str]:
    pairs = (line.partition(":") for line in fields.split("\r\n") if line)
    return CIMultiDict((name, value.strip()) for name, _, value in pairs)


def _lost(messages: Mapping[str, Iterable[StoredMessage]]) -> dict[str, list[dict[str, object]]]:
    return {name: [_shown(message) for message in lost] for name, lost in messages.items()}


def _shown(message: StoredMessage) -> dict[str, object]:
    try:
        content = read_content(message.bare)
    except AmqpError:
        # What cannot be read is shown as it is.
        content = Content(Properties(), {}, message.bare)
    shown: dict[str, object] = {
        "sequenceNumber": message.sequence_number,
        "messageId": content.properties.message_id,
        "correlationId": content.properties.correlation_id,
        "subject": content.properties.subject,
        "contentType": content.properties.content_type,
        "state": _state(message),
        "deliveryCount": message.delivery_count,
        "enqueuedAt": datetime.fromtimestamp(message.enqueued_at, UTC),
        "deadLetterSource": message.dead_letter_source,
        "applicationProperties": content.application_properties,
        "body": content.body,
    }
    if message.state is State.SCHEDULED and message.scheduled_for is not None:
        shown["scheduledFor"] = datetime.fromtimestamp(message.scheduled_for, UTC)
    return shown


def _state(message: StoredMessage) -> str:
    return "locked" if message.lock else message.state.name.lower()


def _plain(value: object) -> object:
    match value:
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                return {"base64": base64.b64encode(value).decode()}
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return repr(value)
