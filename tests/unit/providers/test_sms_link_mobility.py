"""The SMS gateway over real sockets: which failures mean that nothing was sent."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms
from shared.providers.sms_link_mobility import LinkMobilityGateway
from shared.runtime.http_transport import LeanTransport

ACCEPTED = (
    "<SESSION><LOGON>OK</LOGON><MSGLST>"
    "<MSG><ID>1</ID><REF>A1</REF><STATUS>OK</STATUS></MSG>"
    "</MSGLST></SESSION>"
)
SMS = OutgoingSms("+4790000001", "Altinn", "Hei på deg", 60)


class Gateway:
    """A stub gateway: answers what the test says and keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body = ACCEPTED
        self.headers: dict[str, str] = {}
        self.disconnect = False
        self.release: asyncio.Event | None = None
        self.requests: list[tuple[web.Request, bytes]] = []
        self.connections: set[int] = set()
        self.waiting = asyncio.Semaphore(0)
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append((request, await request.read()))
        self.connections.add(request.transport.get_extra_info("peername")[1])
        self.waiting.release()
        if self.release is not None:
            await self.release.wait()
        if self.disconnect:
            request.transport.abort()
        return web.Response(status=self.status, text=self.body, content_type="text/xml", headers=self.headers)


@pytest.fixture
async def stub() -> AsyncIterator[Gateway]:
    stub = Gateway()
    app = web.Application()
    app.router.add_post("/", stub.answer)
    async with TestServer(app) as server:
        stub.url = str(server.make_url("/"))
        yield stub


@pytest.fixture
async def transport() -> AsyncIterator[LeanTransport]:
    lean = LeanTransport()
    yield lean
    await lean.shutdown()


@pytest.fixture
def gateway(stub, transport) -> LinkMobilityGateway:
    return LinkMobilityGateway(
        stub.url, "bruker", "passord", transport, default_sender="Altinn", read_timeout_seconds=2
    )


async def test_accepted_with_reference(stub, gateway):
    outcomes = await gateway.submit([SMS])
    assert outcomes == [SendOutcome(SendStatus.ACCEPTED, reference="A1")]
    request, body = stub.requests[0]
    assert request.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert int(request.headers["Content-Length"]) == len(body)
    assert "Hei på deg" in body.decode("utf-8")


async def test_many_calls_share_connections_and_do_not_block_the_loop(stub, gateway):
    stub.release = asyncio.Event()
    calls = [asyncio.create_task(gateway.submit([SMS])) for _ in range(8)]
    for _ in calls:
        await stub.waiting.acquire()
    stub.release.set()
    assert [outcome.reference for [outcome] in await asyncio.gather(*calls)] == ["A1"] * 8
    await gateway.submit([SMS])
    assert len(stub.requests) == 9
    assert len(stub.connections) == 8


CREDENTIALS, ENDPOINT = "SMS_GATEWAY_USERNAME and SMS_GATEWAY_PASSWORD", "SMS_GATEWAY_ENDPOINT"


@pytest.mark.parametrize(
    ("status", "settings"),
    [
        (302, ENDPOINT),
        (400, None),
        (401, CREDENTIALS),
        (403, CREDENTIALS),
        (404, ENDPOINT),
        (405, ENDPOINT),
        (413, None),
        (429, None),
    ],
)
@pytest.mark.parametrize("seconds", [30, None])
async def test_refused_requests_were_not_sent(stub, gateway, status, settings, seconds):
    stub.status, stub.headers = status, {"Location": "/x"}
    if seconds is not None:
        stub.headers["Retry-After"] = str(seconds)
    refused = SendOutcome(SendStatus.NOT_SENT, retry_after=seconds, wrong_settings=settings)
    assert await gateway.submit([SMS] * 2) == [refused] * 2
    assert len(stub.requests) == 1


@pytest.mark.parametrize("status", [500, 504, 520])
async def test_server_errors_are_in_doubt(stub, gateway, status):
    stub.status = status
    for body in (ACCEPTED, "<html>Error</html>", ""):
        stub.body = body
        assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.IN_DOUBT)]


@pytest.mark.parametrize("status", [502, 503])
async def test_what_did_not_reach_the_gateway_was_not_sent(stub, gateway, status):
    stub.status, stub.headers = status, {"Retry-After": "7"}
    for body in ("<html>Bad Gateway</html>", "<html><p>", "upstream connect error", "", "<a/>"):
        stub.body = body
        assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.NOT_SENT, retry_after=7)]
    stub.body = ACCEPTED
    assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.IN_DOUBT)], "the gateway itself spoke"


REFUSED_LOGON = "<SESSION><LOGON>FAIL</LOGON><REASON>{}</REASON></SESSION>"


@pytest.mark.parametrize(
    ("body", "status", "settings"),
    [
        ("<SESSION><LOGON>OK</LOGON><REASON></REASON></SESSION>", SendStatus.ACCEPTED, None),
        (ACCEPTED, SendStatus.ACCEPTED, None),
        (REFUSED_LOGON.format("Wrong password"), SendStatus.NOT_SENT, CREDENTIALS),
        (REFUSED_LOGON.format("Wrong platform"), SendStatus.NOT_SENT, ENDPOINT),
        ("<html/>", SendStatus.IN_DOUBT, None),
        ("OK", SendStatus.IN_DOUBT, None),
    ],
)
async def test_a_logon_without_messages_tells_whether_the_gateway_answers(
    stub, gateway, body, status, settings
):
    stub.body = body
    outcome = await gateway.answers()
    assert (outcome.status, outcome.wrong_settings) == (status, settings)
    (_, sent), *_ = stub.requests
    assert b"<CLIENT>bruker</CLIENT><PW>passord</PW><MSGLST></MSGLST>" in sent


async def test_a_logon_to_a_gateway_that_is_not_there(stub, gateway):
    stub.status = 500
    assert (await gateway.answers()).status is not SendStatus.ACCEPTED
    stub.disconnect = True
    assert (await gateway.answers()).status is not SendStatus.ACCEPTED


async def test_lost_answer_is_in_doubt_also_on_a_reused_connection(stub, gateway):
    await gateway.submit([SMS])
    stub.disconnect = True
    assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.IN_DOUBT)]
    assert len(stub.requests) == 2


async def test_silence_is_in_doubt(stub, transport):
    gateway = LinkMobilityGateway(
        stub.url, "b", "p", transport, default_sender="Altinn", read_timeout_seconds=0.1
    )
    stub.release = asyncio.Event()
    assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.IN_DOUBT)]
    stub.release.set()


async def test_no_connection_or_no_tls_is_not_sent(stub, transport):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        for url in (closed, stub.url.replace("http:", "https:"), "http://gateway.invalid/", "nonsense"):
            gateway = LinkMobilityGateway(url, "b", "p", transport, default_sender="Altinn")
            settings = ENDPOINT if url == "nonsense" else None
            assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.NOT_SENT, wrong_settings=settings)]
        assert stub.requests == []


async def test_a_name_that_is_not_resolved_in_time_is_not_sent(transport, monkeypatch):
    gateway = LinkMobilityGateway(
        "http://gateway.example/", "b", "p", transport, default_sender="Altinn", connect_seconds=0.1
    )
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", silence)
    assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.NOT_SENT)]


async def silence(*_args: object, **_options: object) -> None:
    await asyncio.sleep(3600)


async def test_a_call_that_had_its_turn_too_late_to_connect_was_not_sent(stub, transport):
    gateway = LinkMobilityGateway(stub.url, "b", "p", transport, default_sender="Altinn", connect_seconds=60)
    assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.NOT_SENT)]
    assert stub.requests == []


async def test_a_call_that_never_had_its_turn_was_not_sent(stub, transport):
    gateway = LinkMobilityGateway(stub.url, "b", "p", transport, default_sender="Altinn", calls_at_once=1)
    stub.release = asyncio.Event()
    first = asyncio.create_task(gateway.submit([SMS]))
    await stub.waiting.acquire()
    gateway.deadline_seconds = 0.1
    assert await gateway.submit([SMS]) == [SendOutcome(SendStatus.NOT_SENT)]
    stub.release.set()
    assert [outcome.status for outcome in await first] == [SendStatus.ACCEPTED]
    gateway.deadline_seconds = 5
    await gateway.submit([SMS])
    assert len(stub.requests) == 2


async def test_at_most_a_hundred_at_a_time(stub, gateway):
    assert await gateway.submit([]) == []
    with pytest.raises(ValueError, match="100"):
        await gateway.submit([SMS] * 101)
    assert len(await gateway.submit([SMS] * 100)) == 100
    assert len(stub.requests) == 1


async def test_neither_numbers_nor_secrets_reach_the_log(stub, gateway, caplog):
    caplog.set_level(logging.DEBUG)
    stub.body = ACCEPTED.replace("<STATUS>OK", "<INFO>Invalid RCV +4790000001</INFO><STATUS>FAIL")
    await gateway.submit([SMS])
    stub.status = 500
    await gateway.submit([SMS])
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert "Invalid RCV" in logged
    assert "90000001" not in logged
    assert "passord" not in logged
