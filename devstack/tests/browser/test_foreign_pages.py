"""No page of another site reads the pages, moves the clock, mints a token or makes a fault."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from devstack.cloud.control import Control

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Host": "evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
READS = ["/", "/outbox", "/orders", "/people", "/devstack/outbox", "/devstack/events", "/static/pages.js"]
WRITES = [
    ("POST", "/devstack/clock", {"advanceSeconds": 3600}),
    ("POST", "/devstack/faults", {"target": "acs.send", "action": "timeout"}),
    ("POST", "/devstack/compose", {"recipient": "a@example.no", "place": "1"}),
    ("POST", "/compose/place", {"recipient": "a@example.no"}),
    ("POST", "/devstack/scenarios/first-order", {}),
    ("POST", "/devstack/queues/all/wipe", {}),
    ("PUT", "/devstack/people/14818710098", {"reserved": True}),
    ("DELETE", "/devstack/outbox", {}),
]


def ask(address: str, method: str, path: str, headers: dict[str, str], document: object = None) -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request(method, path, json.dumps(document), headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("headers", FOREIGN)
def test_other_sites_are_refused(cloud_with_pages, headers):
    address, json_type = cloud_with_pages.pages, {"Content-Type": "application/json"}
    control = Control(cloud_with_pages.control)
    offset = control.clock()["offsetSeconds"]
    for path in READS:
        assert ask(address, "GET", path, headers) == 403
    for method, path, document in WRITES:
        assert ask(address, method, path, headers | json_type, document) == 403
    assert control.clock()["offsetSeconds"] == pytest.approx(offset)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_no_form_of_a_page_can_write(cloud_with_pages, media_type):
    for method, path, document in WRITES:
        if method != "DELETE":
            headers = {"Content-Type": media_type}
            assert ask(cloud_with_pages.pages, method, path, headers, document) == 403


def test_a_page_tells_the_browser_to_load_nothing_from_elsewhere(cloud_with_pages):
    connection = http.client.HTTPConnection(urlsplit(cloud_with_pages.pages).netloc, timeout=10)
    connection.request("GET", "/outbox")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
