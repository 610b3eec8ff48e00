"""A peer to call: a raw HTTP server on the test's own loop, so that a blocking client gets no answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from ssl import SSLContext


@dataclass(frozen=True, slots=True)
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


type Answering = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Peer:
    port: int = 0
    received: list[Received] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def serving(answering: Answering, *, tls: SSLContext | None = None) -> AsyncIterator[Peer]:
    peer = Peer()
    tasks: set[asyncio.Task[object]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this_task = asyncio.current_task()
        assert this_task is not None
        tasks.add(this_task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                received = await _read(reader)
                peer.received.append(received)
                peer.asked.set()
                try:
                    await answering(received, writer)
                    await writer.drain()
                except ConnectionError:
                    peer.hung_up.set()
                    raise
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)


def response(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def always(status: int, body: bytes = b"", **headers: str) -> Answering:
    return in_turn(response(status, body, **headers))


def in_turn(*responses: bytes) -> Answering:
    """Answer with each in turn, and with the last one for ever."""
    left = list(responses)

    async def answer(_received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return answer


async def never(_received: Received, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def dripping(head: bytes) -> Answering:
    """Send the head, then one more byte every few milliseconds until the caller hangs up."""

    async def answer(_received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    return answer
