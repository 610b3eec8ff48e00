"""Places orders, or reads them, as fast as a number of clients can, from a process of its own.

`python -m benchmarks.load` reads what to do as one JSON line and answers with one. It speaks HTTP by hand
over kept-alive connections, because the generator shares the cores with what it measures.
"""

import asyncio
import itertools
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
    """`count` orders of one channel, numbered from `first`, placed by `clients` that wait for each answer.

    `referenced` orders have a `sendersReference` each. With `reads`, paths below the host, nothing is placed:
    they are read in turn, `count` times in all.
    """

    api: str
    token: str
    channel: str
    first: int
    count: int
    clients: int
    run: str
    referenced: bool = False
    reads: tuple[str, ...] = ()


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
        """Wait for the last answer; RuntimeError when one is not 201 for an order, 200 for a read."""
        output, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise RuntimeError(f"the load process ended with exit code {self._process.returncode}")
        told = json.loads(output)
        result = LoadResult(told["started"], told["ended"], tuple(told["latencies"]), told["statuses"])
        expected = "200" if self._plan.reads else "201"
        if result.statuses != {expected: self._plan.count}:
            raise RuntimeError(f"not every request was answered {expected}: {result.statuses}")
        return result


def _requests(plan: LoadPlan) -> list[bytes]:
    host = f"Host: {urlsplit(plan.api).netloc}\r\nAuthorization: Bearer {plan.token}\r\n"
    if plan.reads:
        paths = itertools.islice(itertools.cycle(plan.reads), plan.count)
        return [f"GET {path} HTTP/1.1\r\n{host}\r\n".encode() for path in paths]
    head = f"POST {PATH} HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: ".encode()
    bodies = (
        order_body(plan.channel, number, run=plan.run, referenced=plan.referenced)
        for number in range(plan.first, plan.first + plan.count)
    )
    return [b"%s%d\r\n\r\n%s" % (head, len(body), body) for body in bodies]


async def _ask(plan: LoadPlan) -> LoadResult:
    url = urlsplit(plan.api)
    requests = iter(_requests(plan))
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
    print(json.dumps(asdict(asyncio.run(_ask(wanted)))))
