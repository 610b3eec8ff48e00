"""The endpoint of chaos: only a whole call whose signature does not hold is a forged one."""

import json
import socket
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from standardwebhooks.webhooks import Webhook

from benchmarks.chaos.webhooks.endpoint import Endpoint
from benchmarks.chaos.webhooks.moods import Mood

SECRET = "whsec_" + b64encode(b"1" * 24).decode()
BODY = json.dumps({"data": {"sequenceNumber": 7}})


@pytest.fixture
def endpoint():
    endpoint = Endpoint(lambda: Mood.GOOD)
    endpoint.secret = SECRET
    with endpoint.serving():
        yield endpoint


def call(endpoint, *, secret=SECRET, sent=None):
    """Send a call, or only so much of its body before hanging up; return the first line of the answer."""
    now = datetime.now(UTC)
    signature = Webhook(secret).sign("id-7", now, BODY)
    lines = (
        "POST / HTTP/1.1",
        "Host: here",
        f"Content-Length: {len(BODY)}",
        "webhook-id: id-7",
        f"webhook-timestamp: {int(now.timestamp())}",
        f"webhook-signature: {signature}",
    )
    with socket.create_connection(("127.0.0.1", urlsplit(endpoint.address).port), timeout=10) as connection:
        connection.sendall("\r\n".join((*lines, "", BODY[:sent])).encode())
        if sent is not None:
            connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").readline()


def test_a_signed_call_is_taken(endpoint):
    assert b" 200 " in call(endpoint)
    assert (endpoint.numbers, endpoint.forged) == ([7], 0)


def test_a_call_with_another_key_is_forged(endpoint):
    assert b" 401 " in call(endpoint, secret="whsec_" + b64encode(b"2" * 24).decode())
    assert (endpoint.numbers, endpoint.forged) == ([], 1)


def test_a_call_whose_sender_was_killed_is_not_forged(endpoint):
    assert call(endpoint, sent=9) == b""
    assert (endpoint.numbers, endpoint.forged) == ([], 0)
