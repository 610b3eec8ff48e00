"""Calls of webhooks: signed for any library of Standard Webhooks, guarded, and never an error."""

import logging

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from shared.lookups.http_client import HttpClient
from shared.lookups.webhook import MAX_ANSWER_BYTES, HttpWebhookEndpoint
from shared.ports.webhooks import WebhookMessage
from shared.runtime.clock import SystemClock
from tests.support.peer import always, serving

FIRST, SECOND = "whsec_Zmlyc3Qgc2VjcmV0IG9mIGEgd2ViaG9vaw==", "whsec_c2Vjb25kIHNlY3JldCBvZiBhIHdlYmhvb2s="
MESSAGE = WebhookMessage("msg_1", '{"type": "shipment.completed", "data": {"to": "blåbær"}}'.encode())


@pytest.fixture
def http():
    client = HttpClient(public_only=True, insecure_local=True, threads=2)
    yield client
    client.close()


async def call(http, url, secrets=(FIRST,)):
    return await HttpWebhookEndpoint(http, SystemClock()).call(url, MESSAGE, secrets)


async def test_what_arrives_is_verified_with_either_secret_and_with_no_other(http):
    async with serving(always(204, b"")) as peer:
        assert (await call(http, f"{peer.url}/hook", (FIRST, SECOND))).ok
    (received,) = peer.received
    assert (received.method, received.target, received.body) == ("POST", "/hook", MESSAGE.body)
    for secret in (FIRST, SECOND):
        assert Webhook(secret).verify(received.body, received.headers)["type"] == "shipment.completed"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_b3RoZXI=").verify(received.body, received.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(received.body.replace(b"completed", b"cancelled"), received.headers)


@pytest.mark.parametrize(
    ("status", "ok", "gone"),
    [(200, True, False), (202, True, False), (302, False, False), (410, False, True), (500, False, False)],
)
async def test_only_2xx_takes_a_message_and_no_redirect_is_followed(http, status, ok, gone):
    async with serving(always(status, b"", Location="/other", Retry_After="7")) as peer:
        answer = await call(http, peer.url)
    assert (answer.status, answer.ok, answer.is_gone) == (status, ok, gone)
    assert (answer.reason, answer.retry_after) == (f"status {status}", 7.0)
    assert len(peer.received) == 1


async def test_a_long_answer_is_not_read_to_its_end(http):
    async with serving(always(200, b"x" * (MAX_ANSWER_BYTES + 1))) as peer:
        answer = await call(http, peer.url)
    assert (answer.ok, answer.reason) == (False, "answer too large")


async def test_nobody_there(http, unused_tcp_port):
    answer = await call(http, f"http://127.0.0.1:{unused_tcp_port}/")
    assert (answer.status, answer.ok) == (None, False)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://169.254.169.254/metadata", "ftp://example.no/", "http://[fc00::1]/"]
)
async def test_private_addresses_and_other_schemes_are_not_called(http, url):
    assert (await call(http, url)).reason == "address refused"


async def test_http_is_refused_where_it_is_not_allowed():
    client = HttpClient(public_only=True)
    assert (await call(client, "http://example.no/")).reason == "address refused"
    client.close()


async def test_logs_name_the_host_and_nothing_else(http, caplog):
    caplog.set_level(logging.DEBUG, logger="shared")
    async with serving(always(500, b"secret answer")) as peer:
        await call(http, f"{peer.url}/path?key=hidden")
    shown = str([r.__dict__ for r in caplog.records if r.name.startswith("shared")])
    assert "127.0.0.1" in shown
    for secret in ("hidden", "secret answer", FIRST, "blåbær"):
        assert secret not in shown
