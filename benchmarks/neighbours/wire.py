"""HTTP written by hand over kept-alive connections: whoever measures or attacks must cost little CPU."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

_HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose parts are made once; `headers` are whole lines, without those for host and length."""

    method: str
    path: str
    headers: tuple[str, ...] = ()
    body: bytes = b""

    def head(self, host: str) -> bytes:
        """Return everything before the body."""
        lines = (
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: {host}",
            f"Content-Length: {len(self.body)}",
            *self.headers,
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an answer; status 0 when the connection was lost."""

    status: int
    body: bytes = b""


LOST = Answer(0)


class Connection:
    """One connection to a server, opened when needed, also after it was lost."""

    def __init__(self, base: str) -> None:
        url = urlsplit(base)
        self._host, self._port = url.hostname or "", url.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()

    async def ask(self, request: Request) -> Answer:
        """Send a request and return its answer, `LOST` when there was none."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(self._host, self._port, limit=_HEAD_BYTES)
            reader, writer = self._streams
            writer.write(request.head(f"{self._host}:{self._port}"))
            if request.body:
                writer.write(request.body)
            answer, stays = await _answer(reader)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self._close()
            return LOST
        if not stays:
            self._close()
        return answer

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass(frozen=True, slots=True)
class Crowd:
    """Connections that ask side by side; `statuses` counts all answers so far."""

    base: str
    statuses: Counter[int] = field(default_factory=Counter)

    async def ask_all(self, requests: Iterable[Request], connections: int) -> Counter[int]:
        """Send all requests over that many connections; return the answers to them by status."""
        shared = iter(requests)
        statuses: Counter[int] = Counter()
        await asyncio.gather(*(self._work(shared, statuses) for _ in range(connections)))
        self.statuses.update(statuses)
        return statuses

    async def _work(self, requests: Iterator[Request], statuses: Counter[int]) -> None:
        async with Connection(self.base) as connection:
            for request in requests:
                statuses[(await connection.ask(request)).status] += 1


async def _answer(reader: asyncio.StreamReader) -> tuple[Answer, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0]
    body = await reader.readexactly(int(length or 0))
    return Answer(int(head.split(" ", 2)[1]), body), "connection: close" not in head
