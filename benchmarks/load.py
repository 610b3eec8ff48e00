"""Places orders as fast as a number of clients can, from a process of its own.

`python -m benchmarks.load` reads what to do as one JSON line and answers with one. It speaks HTTP by hand
over kept-alive connections, because the generator shares the cores with what it measures.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from benchmarks.orders import PATH, order_body
from devstack.project import ROOT


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """`count` orders of one channel, numbered from `first`, placed by `clients` that wait for each answer."""

    api: str
    token: str
    channel: str
    first: int
    count: int
    clients: int
    run: str


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Start and end as monotonic seconds, latencies in milliseconds, answers by status."""

    started: float
    ended: float
    latencies: tuple[float, ...]
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Orders answered per second."""
        return len(self.latencies) / (self.ended - self.started)


class Load:
    """A load process that has been told to start."""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._process = subprocess.Popen(
            (sys.executable, "-m", "benchmarks.load"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(plan)).encode() + b"\n")
        self._process.stdin.flush()

    def result(self) -> LoadResult:
        """Wait for the last answer; RuntimeError when an order was not accepted."""
        output, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise RuntimeError(f"the load process ended with exit code {self._process.returncode}")
        told = json.loads(output)
        result = LoadResult(told["started"], told["ended"], tuple(told["latencies"]), told["statuses"])
        if result.statuses != {"201": self._plan.count}:
            raise RuntimeError(f"not every order was accepted: {result.statuses}")
        return result


async def _place(plan: LoadPlan) -> LoadResult:
    url = urlsplit(plan.api)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: Bearer {plan.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    bodies = [
        order_body(plan.channel, number, run=plan.run)
        for number in range(plan.first, plan.first + plan.count)
    ]
    requests = iter([b"%s%d\r\n\r\n%s" % (head, len(body), body) for body in bodies])
    latencies: list[float] = []
    statuses: Counter[str] = Counter()

    async def client(requests: Iterator[bytes]) -> None:
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        for request in requests:
            sent_at = time.monotonic()
            writer.write(request)
            status = await _answer(reader)
            latencies.append((time.monotonic() - sent_at) * 1000)
            statuses[status] += 1
        writer.close()

    started = time.monotonic()
    await asyncio.gather(*(client(requests) for _ in range(plan.clients)))
    return LoadResult(started, time.monotonic(), tuple(latencies), dict(statuses))


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if "transfer-encoding: chunked" in head:  # as the real host answers
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    else:
        await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
    return head.split(" ", 2)[1]


if __name__ == "__main__":
    wanted = LoadPlan(**json.loads(sys.stdin.readline()))
    print(json.dumps(asdict(asyncio.run(_place(wanted)))))
