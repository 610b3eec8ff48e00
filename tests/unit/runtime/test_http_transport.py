"""The lean transport against real sockets: what it sends, what it reads, what its errors promise."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.policies import ContentDecodePolicy
from azure.core.rest import HttpRequest

from shared.runtime.http_transport import LeanTransport, shared_transport

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def transport() -> AsyncIterator[LeanTransport]:
    lean = LeanTransport()
    yield lean
    await lean.shutdown()


@pytest.fixture
async def serve():
    servers: list[TestServer] = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        servers.append(TestServer(app))
        await servers[-1].start_server()
        return str(servers[-1].make_url("/"))

    yield start
    for server in servers:
        await server.close()


async def echo(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "method": request.method,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": (await request.read()).decode(),
            "port": request.transport.get_extra_info("peername")[1],
        },
        headers={"X-Thing": "1"},
    )


async def test_request_goes_out_as_given_and_nothing_is_added(transport, serve):
    url = await serve(echo)
    request = HttpRequest("POST", url, json={"å": 1}, headers={"x-ms-date": "now"})
    answer = await transport.send(request)
    seen = answer.json()
    assert (seen["method"], json.loads(seen["body"])) == ("POST", {"å": 1})
    assert set(seen["headers"]) <= {"host", "accept", "content-type", "content-length", "x-ms-date"}
    assert seen["headers"]["content-type"] == "application/json"
    assert (answer.status_code, answer.reason, answer.headers["x-thing"]) == (200, "OK", "1")
    assert answer.content_type == "application/json; charset=utf-8"


async def test_empty_post_has_no_content_type(transport, serve):
    seen = (await transport.send(HttpRequest("POST", await serve(echo)))).json()
    assert "content-type" not in seen["headers"]
    assert seen["headers"]["content-length"] == "0"


async def test_connection_is_shared_and_survives_clients_closing(transport, serve):
    url = await serve(echo)
    ports = set()
    for _ in range(3):
        async with AsyncPipeline(transport, [ContentDecodePolicy()]) as pipeline:
            result = await pipeline.run(HttpRequest("GET", url), stream=False)
            ports.add(result.context[ContentDecodePolicy.CONTEXT_NAME]["port"])
    assert len(ports) == 1


async def test_body_is_whole_and_raw_whatever_its_kind(transport, serve):
    async def zipped(_request: web.Request) -> web.Response:
        return web.Response(body=b"\x1f\x8bnot really", headers={"Content-Encoding": "gzip"})

    answer = await transport.send(HttpRequest("GET", await serve(zipped)), stream=True)
    assert answer.content == answer.body() == await answer.read() == b"\x1f\x8bnot really"
    assert [piece async for piece in answer.iter_bytes()] == [answer.content]
    assert answer.is_closed
    assert answer.is_stream_consumed


async def test_text_is_utf8_with_or_without_mark(transport, serve):
    async def marked(_request: web.Request) -> web.Response:
        return web.Response(body="\ufeffø".encode())

    answer = await transport.send(HttpRequest("GET", await serve(marked)))
    assert answer.text() == "ø"
    answer.encoding = "latin-1"
    assert answer.text() != "ø"
    assert answer.text("utf-8") == "\ufeffø"


async def test_error_status_is_an_answer_and_redirects_are_not_followed(transport, serve):
    async def moved(_request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "http://127.0.0.1:1/"})

    answer = await transport.send(HttpRequest("GET", await serve(moved)))
    assert answer.status_code == 307
    answer.raise_for_status()

    async def broken(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    answer = await transport.send(HttpRequest("GET", await serve(broken)))
    with pytest.raises(HttpResponseError):
        answer.raise_for_status()


async def test_refused_connection_means_not_sent(transport):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ServiceRequestError):
            await transport.send(HttpRequest("POST", f"http://127.0.0.1:{port}/", content=b"x"))


async def test_bad_certificate_means_not_sent(transport, serve):
    url = await serve(echo)
    with pytest.raises(ServiceRequestError):
        await transport.send(HttpRequest("GET", url.replace("http:", "https:")))


async def test_reset_after_sending_means_maybe_sent(transport, serve):
    async def reset(request: web.Request) -> web.Response:
        request.transport.abort()
        return web.Response()

    with pytest.raises(ServiceResponseError):
        await transport.send(HttpRequest("POST", await serve(reset), content=b"x"))


async def test_cut_body_means_maybe_sent(transport, serve):
    async def cut(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"half")
        request.transport.close()
        return answer

    with pytest.raises(ServiceResponseError):
        await transport.send(HttpRequest("POST", await serve(cut), content=b"x"))


async def test_read_timeout_can_be_set_per_request(transport, serve):
    never = asyncio.Event()

    async def silent(_request: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    url = await serve(silent)
    with pytest.raises(ServiceResponseTimeoutError):
        await transport.send(HttpRequest("GET", url), connection_timeout=1, read_timeout=0.05)
    never.set()


async def test_only_bytes_and_text_are_sent(transport, serve):
    with pytest.raises(TypeError):
        await transport.send(HttpRequest("POST", await serve(echo), data={"form": "field"}))


async def test_works_again_after_shutdown(transport, serve):
    url = await serve(echo)
    await transport.send(HttpRequest("GET", url))
    await transport.shutdown()
    assert (await transport.send(HttpRequest("GET", url))).status_code == 200


def test_process_has_one_transport_usable_from_one_loop_after_another():
    async def once() -> None:
        app = web.Application()
        app.router.add_get("/", echo)
        async with TestServer(app) as server:
            answer = await shared_transport().send(HttpRequest("GET", str(server.make_url("/"))))
            assert answer.status_code == 200
        await shared_transport().shutdown()

    assert shared_transport() is shared_transport()
    asyncio.run(once())
    asyncio.run(once())
