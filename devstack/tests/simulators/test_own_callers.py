"""No page of another site uses a local cloud, under whatever name it reaches it."""

import aiohttp
import pytest
from multidict import CIMultiDict

from devstack.own_callers import refused_for, refused_to_control
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.running import running_broker

HOST = "127.0.0.1:4000"
OWN = [
    {},
    {"Host": "localhost:4000"},
    {"Host": "127.0.0.2"},
    {"Host": "[::1]:4000"},
    {"Host": "LOCALHOST"},
    {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]
OTHERS = [
    {"Host": ""},
    {"Host": "evil.example"},
    {"Host": "evil.example:4000"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost.evil.example"},
    {"Host": "evil.example@127.0.0.1"},
    {"Host": "127.0.0.1/evil.example"},
    {"Host": "127.0.0.1:x"},
    {"Host": "10.0.0.1"},
    {"Host": "[broken"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:5000"},  # another server of this machine
    {"Origin": "http://localhost:4000"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},  # rebound
]
SIMPLE_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", ""]


@pytest.mark.parametrize("headers", OWN)
def test_programs_and_own_pages_are_let_in(headers):
    assert refused_for(CIMultiDict({"Host": HOST} | headers)) is None


@pytest.mark.parametrize("headers", OTHERS)
def test_pages_of_other_sites_are_not(headers):
    assert refused_for(CIMultiDict({"Host": HOST} | headers)) is not None
    assert refused_to_control("GET", CIMultiDict({"Host": HOST} | headers)) is not None


def test_a_request_without_host_is_not():
    assert refused_for(CIMultiDict()) is not None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "post"])
@pytest.mark.parametrize("content_type", [*SIMPLE_TYPES, "text/plain; application/json"])
def test_writes_to_control_are_marked_as_json(method, content_type):
    headers = CIMultiDict({"Host": HOST, "Content-Type": content_type})
    assert refused_to_control(method, headers) is not None
    marked = CIMultiDict({"host": HOST, "content-type": "application/json; charset=utf-8"})
    assert refused_to_control(method, marked) is None


FOREIGN = [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
PORTS = [
    ("control", "GET", "/outbox"),
    ("control", "GET", "/maskinporten"),
    ("control", "GET", "/fixtures"),
    ("control", "POST", "/token"),
    ("control", "POST", "/clock"),
    ("control", "PUT", "/faults"),
    ("control", "DELETE", "/outbox"),
    ("issuer", "GET", "/jwks"),
    ("vault", "GET", "/secrets/ttd-access-token-public-cert?api-version=7.4"),
    ("acs", "POST", "/emails:send"),
    ("sms", "POST", "/"),
    ("platform", "GET", "/conditions/true"),
]


@pytest.mark.parametrize(("port", "method", "path"), PORTS)
async def test_no_simulator_answers_another_site(cloud, port, method, path):
    for headers in FOREIGN:
        async with cloud.http.request(method, cloud.url(port, path), json={}, headers=headers) as answer:
            assert answer.status == 403
            assert set(await answer.json()) == {"error"}


@pytest.mark.parametrize("path", ["/clock", "/token", "/faults", "/reports/email", "/reports/sms"])
async def test_no_form_moves_the_clock_or_gets_a_token(cloud, path):
    body = b'{"advanceSeconds": 60, "org": "ttd", "scope": "x", "target": "acs.send", "action": "timeout"}'
    for content_type in SIMPLE_TYPES[:2]:
        headers = {"Content-Type": content_type}
        async with cloud.http.post(cloud.url("control", path), data=body, headers=headers) as answer:
            assert answer.status == 403
    assert (await cloud.control("GET", "/clock"))["offsetSeconds"] == 0
    assert await cloud.control("GET", "/faults") == []


@pytest.mark.parametrize("headers", [*FOREIGN, {"Content-Type": "text/plain"}])
async def test_no_other_site_shows_or_wipes_queues(headers):
    async with running_broker([QueueDeclaration("orders")]) as running, aiohttp.ClientSession() as session:
        requests = [("POST", "/wipe"), ("POST", "/queues/orders/wipe")]
        if "Content-Type" not in headers:
            requests += [("GET", "/queues"), ("GET", "/queues/orders/peek")]
        for method, path in requests:
            async with session.request(method, running.control + path, headers=headers) as answer:
                assert answer.status == 403
        marked = {"Content-Type": "application/json"}
        async with session.post(f"{running.control}/wipe", headers=marked) as answer:
            assert answer.status == 200
