"""What a peer may make us read: heads, lines and compressed bodies of any size cost little memory."""

import asyncio
import contextlib
import gzip
import tracemalloc
from itertools import chain, repeat

import pytest

from shared.lookups.bounded_answer import MAX_HEAD_BYTES, AnswerTooLargeError
from shared.lookups.http_client import HttpClient, HttpRequest, NoAnswerError
from tests.support.peer import always, serving

AT_ONCE = 8
START = b"HTTP/1.1 200 OK\r\n"
LINE = b"x" * 65_000
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(bytes(200_000_000), 1)
HEADS = {
    "many long headers": chain([START], repeat(b"X-Long: " + LINE + b"\r\n", 95), [b"\r\n"]),
    "many short headers": chain(
        [START], repeat(b"A:b\r\n", 99), [b"B:" + b"c" * MAX_HEAD_BYTES + b"\r\n\r\n"]
    ),
    "one header without end": chain([START, b"X: "], repeat(LINE, 100)),
    "a folded header": chain([START, b"X: a\r\n"], repeat(b" " + LINE + b"\r\n", 90)),
    "a status line without end": chain([b"HTTP/1.1 200 "], repeat(LINE, 100)),
    "heads without end": repeat(b"HTTP/1.1 100 Continue\r\nX: " + LINE[:8000] + b"\r\n\r\n", 900),
}
BODIES = {
    "a chunk length without end": chain([CHUNKED], repeat(LINE, 100)),
    "a trailer without end": chain([CHUNKED, b"0\r\nX: "], repeat(LINE, 100)),
    "a compressed body": [
        START + f"Content-Encoding: gzip\r\nContent-Length: {len(PACKED)}\r\n\r\n".encode() + PACKED
    ],
}


@pytest.fixture
def client():
    client = HttpClient(public_only=True, insecure_local=True, threads=AT_ONCE)
    yield client
    client.close()


def sending(pieces):
    """Send the pieces as fast as the caller reads them, to each caller."""
    kept = list(pieces)

    async def answer(_received, writer):
        with contextlib.suppress(ConnectionError):
            for piece in kept:
                writer.write(piece)
                await writer.drain()
        writer.close()

    return answer


async def ask_at_once(client, url):
    request = HttpRequest(method="GET", url=url, total_seconds=20)
    tracemalloc.start()
    try:
        failed = await asyncio.gather(*(client.send(request) for _ in range(AT_ONCE)), return_exceptions=True)
        return failed, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("head", HEADS)
async def test_a_head_of_any_shape_is_read_as_far_as_it_may_be_long(client, head):
    async with serving(sending(HEADS[head])) as peer:
        failed, most_bytes = await ask_at_once(client, peer.url)
    assert [type(error) for error in failed] == [AnswerTooLargeError] * AT_ONCE
    assert most_bytes < 12_000_000


@pytest.mark.parametrize("body", BODIES)
async def test_a_body_of_any_framing_is_read_as_far_as_it_may_be_long(client, body):
    async with serving(sending(BODIES[body])) as peer:
        failed, most_bytes = await ask_at_once(client, peer.url)
    assert all(isinstance(error, AnswerTooLargeError | NoAnswerError) for error in failed)
    assert most_bytes < 40_000_000


async def test_a_long_head_that_is_allowed_is_read_whole(client):
    async with serving(always(200, b"body", X_Long="x" * (MAX_HEAD_BYTES - 100))) as peer:
        answer = await client.send(HttpRequest(method="GET", url=peer.url))
        again = await client.send(HttpRequest(method="GET", url=peer.url))
    assert len(answer.headers["x-long"]) == MAX_HEAD_BYTES - 100
    assert (answer.body, again.body) == (b"body", b"body")
