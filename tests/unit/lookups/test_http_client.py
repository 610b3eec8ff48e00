import asyncio
import socket
from time import monotonic

import pytest

from shared.lookups.bounded_answer import AnswerTooLargeError
from shared.lookups.http_client import HttpClient, HttpRequest, NoAnswerError
from tests.support.peer import always, dripping, in_turn, never, response, serving


@pytest.fixture
def client():
    client = HttpClient(public_only=True, insecure_local=True, threads=1)
    yield client
    client.close()


def get(url, **options):
    return HttpRequest(method="GET", url=url, **options)


async def test_an_answer_comes_whole_whatever_its_status(client):
    async with serving(always(404, b'{"a": 1}', X_Kind="b")) as peer:
        answer = await client.send(
            HttpRequest(method="POST", url=f"{peer.url}/p?q=1", headers={"X-A": "1"}, body=b"hello")
        )
    assert (answer.status, answer.ok, answer.headers["x-kind"], answer.json()) == (404, False, "b", {"a": 1})
    [received] = peer.received
    assert (received.method, received.target, received.body) == ("POST", "/p?q=1", b"hello")
    assert received.headers["x-a"] == "1"
    assert "cookie" not in received.headers


@pytest.mark.parametrize(
    "target", ["/a%20b/%2F?x=%C3%A6&sig=a%2Bb%3D&y=a+b", "/?", "/p;v=1?a=(1)&b=https://x/y", "/?a=%25&&=b"]
)
async def test_the_address_arrives_as_it_was_given(client, target):
    async with serving(always(200)) as peer:
        await client.send(get(peer.url + target))
    assert peer.received[0].target.rstrip("?") == target.rstrip("?")


async def test_connections_are_kept_and_cookies_are_not(client):
    async with serving(always(200, Set_Cookie="a=b")) as peer:
        for _ in range(3):
            await client.send(get(peer.url))
    assert [received.headers.get("cookie") for received in peer.received] == [None] * 3


async def test_a_redirect_is_an_answer_and_its_body_is_not_read_beyond_the_limit(client):
    endless = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 999999999\r\n\r\n"
    async with serving(dripping(endless + b"x" * 5000)) as peer:
        with pytest.raises(AnswerTooLargeError):
            await client.send(get(peer.url, max_answer_bytes=1000))
    assert len(peer.received) == 1

    async with serving(always(302, Location="/elsewhere")) as peer:
        answer = await client.send(get(peer.url))
    assert answer.status == 302
    assert len(peer.received) == 1


@pytest.mark.parametrize(
    "oversize",
    [
        response(200, b"x" * 1001),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
    ],
    ids=["length", "chunked"],
)
async def test_an_answer_over_the_limit_is_refused_and_one_at_the_limit_is_not(client, oversize):
    async with serving(in_turn(oversize, response(200, b"x" * 1000))) as peer:
        with pytest.raises(AnswerTooLargeError):
            await client.send(get(peer.url, max_answer_bytes=1000))
        assert len((await client.send(get(peer.url, max_answer_bytes=1000))).body) == 1000


@pytest.mark.parametrize(
    "slow",
    [
        never,
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"),
        dripping(b"HTTP/1.0 200 OK\r\n\r\n"),
    ],
    ids=["silent", "slow headers", "slow body", "slow body without length"],
)
async def test_a_slow_peer_costs_the_total_time_and_keeps_no_thread(client, slow):
    async with serving(slow) as peer, serving(always(200)) as good:
        began = monotonic()
        with pytest.raises(NoAnswerError):
            await client.send(get(peer.url, total_seconds=0.3))
        assert 0.25 < monotonic() - began < 2
        # the only thread of the client is free again
        assert (await client.send(get(good.url, total_seconds=5))).ok


async def test_a_cancelled_call_hangs_up(client):
    async with serving(dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ")) as peer:
        call = asyncio.create_task(client.send(get(peer.url, total_seconds=60)))
        await asyncio.wait_for(peer.asked.wait(), 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(peer.hung_up.wait(), 5)


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_retries_happen_where_they_were_asked_for(client, status):
    async with serving(in_turn(response(status), response(200))) as peer:
        assert (await client.send(get(peer.url))).status == status
    async with serving(in_turn(response(status), response(status), response(200))) as peer:
        assert (await client.send(get(peer.url, attempts=3))).status == 200
    async with serving(always(status)) as peer:
        assert (await client.send(get(peer.url, attempts=2))).status == status
    assert len(peer.received) == 2


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
async def test_other_answers_are_not_asked_for_twice(client, status):
    async with serving(always(status)) as peer:
        assert (await client.send(get(peer.url, attempts=3))).status == status
    assert len(peer.received) == 1


async def test_a_broken_connection_is_retried_within_the_total_time(client):
    async with serving(in_turn(b"nonsense\r\n\r\n", response(200))) as peer:
        assert (await client.send(get(peer.url, attempts=2))).ok
    async with serving(always(503)) as peer:
        began = monotonic()
        assert (await client.send(get(peer.url, attempts=50, total_seconds=3.0))).status == 503
        assert monotonic() - began < 6
    assert 1 <= len(peer.received) <= 10


async def test_nobody_listening_is_no_answer_and_the_error_does_not_show_the_address(client):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(NoAnswerError) as caught:
            await client.send(get(f"http://127.0.0.1:{port}/secret-path?secret=1"))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_proxies_of_the_environment_and_credentials_in_the_address_are_ignored(client, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving(always(200)) as peer:
        await client.send(get(f"http://user:pass@127.0.0.1:{peer.port}/"))
    assert "authorization" not in peer.received[0].headers
