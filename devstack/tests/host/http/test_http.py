"""HTTP functions over a socket: what a function gets and what a client gets back."""

import gzip
import json
import socket

import pytest

from devstack.tests.support.host.http_exchange import exchange
from devstack.tests.support.host.process import HostProcess

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with HostProcess(tmp_path_factory.mktemp("http"), roles="http") as process:
        process.port = process.ready()["port"]
        yield process


def test_a_function_is_given_the_request_as_azure_passes_it(host):
    headers = {"X-Twice": ["a", "b"], "Content-Type": "application/json"}
    answer = exchange(
        host.port,
        "POST",
        f"/Echo/{GUID}?a=1&A=2&empty=&word=bj%C3%B8rn+%C3%A5s",
        body=b'{"x":1}',
        headers=headers,
    )

    seen = json.loads(answer.body)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert seen["method"] == "POST"
    assert seen["url"] == f"http://127.0.0.1:{host.port}/Echo/{GUID}?a=1&A=2&empty=&word=bj%C3%B8rn+%C3%A5s"
    assert seen["query"] == {"a": "1,2", "word": "bjørn ås"}
    assert seen["route"] == {"id": GUID}
    assert seen["headers"]["x-twice"] == "a,b"
    assert seen["body"] == '{"x":1}'


@pytest.mark.parametrize(("path", "route"), [("/sync/bob", {"name": "bob"}), ("/sync", {})])
def test_a_synchronous_function_answers_with_status_and_headers(host, path, route):
    answer = exchange(host.port, "PUT", path)

    assert answer.status == 201
    assert answer.headers["x-function"] == "echo_sync"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert json.loads(answer.body)["route"] == route


def test_every_cookie_gets_its_own_header(host):
    answer = exchange(host.port, "GET", "/cookies")

    assert answer.status == 302
    assert answer.headers["location"] == "/elsewhere"
    assert [value for name, value in answer.header_lines if name == "set-cookie"] == [
        "a=1; domain=; path=/; httponly",
        "b=2; domain=; path=; secure",
    ]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/unknown", 404),
        ("GET", "/echo/not-a-guid", 404),
        ("GET", "/devstack/anything", 404),
        ("DELETE", "/cookies", 404),
        ("HEAD", "/cookies", 404),
        ("FOO", "/cookies", 404),
        ("GET", "/cookies%00", 400),
        ("GET", "/fail", 500),
        ("PATCH", "/fail", 500),
    ],
)
def test_what_no_function_answers_is_empty(host, method, path, status):
    answer = exchange(host.port, method, path)

    assert (answer.status, answer.body) == (status, b"")
    assert not {"content-type", "allow"} & set(answer.headers)


def test_a_failing_function_is_logged_with_its_name_and_line(host):
    exchange(host.port, "GET", "/fail")

    assert "fail failed: RuntimeError('this function always fails')" in host.log()
    assert 'raise RuntimeError("this function always fails")' in host.log()
    assert "Native invocation failed" not in host.log()


def test_large_bodies_pass_up_to_azures_limit(host):
    assert exchange(host.port, "POST", "/size", body=b"x" * 3_000_000).body == b"3000000"


def test_a_body_beyond_the_limit_is_refused_before_it_is_sent(host):
    with socket.create_connection(("127.0.0.1", host.port), timeout=5) as connection:
        connection.sendall(b"POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 104857601\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 500 ")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /cookies HTTP/1.1\r\nHost: h\r\nX-A: \xf8", 400),
        (b"GET /cookies HTTP/1.1\r\nHost: h/x", 400),
        (b"GET /cookies HTTP/1.1\r\nX-A: 1", 400),
        (b"GET /cookies HTTP/1.1\r\nHost:", 500),
        (b"GET /cookies HTTP/2.0\r\nHost: h", 505),
        (b"GET /cookies HTTP/1.1\r\nHost: h\r\nX-A: " + b"a" * 40_000, 431),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: h", 414),
        (b"GET /cook ies HTTP/1.1\r\nHost: h", 400),
    ],
)
def test_what_cannot_be_read_is_refused_without_words(host, head, status):
    with socket.create_connection(("127.0.0.1", host.port), timeout=5) as connection:
        connection.sendall(head + b"\r\n\r\n")
        answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.endswith(b"\r\n\r\n")


def test_a_function_that_answers_with_odd_headers_fails(host):
    assert exchange(host.port, "GET", "/word?value=%C3%B8").status == 500
    assert exchange(host.port, "GET", "/word?value=o").headers["x-word"] == "o"
    assert "word answered with a header that is not plain ASCII" in host.log()


@pytest.mark.parametrize(("setting", "status"), [("true", 204), ("True", 204), ("", 200)])
def test_the_bare_host_name_shows_a_page_unless_a_setting_hides_it(tmp_path, setting, status):
    with HostProcess(tmp_path, roles="http", settings={"AzureWebJobsDisableHomepage": setting}) as process:
        answer = exchange(process.ready()["port"], "GET", "/")
    assert answer.status == status
    assert bool(answer.body) == (status == 200)


def test_a_client_that_asks_first_may_continue(host):
    with socket.create_connection(("127.0.0.1", host.port), timeout=5) as connection:
        connection.sendall(
            b"POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n3")


def test_a_chunked_body_does_not_arrive(host):
    with socket.create_connection(("127.0.0.1", host.port), timeout=5) as connection:
        connection.sendall(
            b"POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"
        )
        assert connection.recv(1000).endswith(b"\r\n\r\n0")


def test_a_compressed_body_arrives_as_it_was_sent(host):
    body = gzip.compress(b"x" * 1000)
    answer = exchange(host.port, "POST", "/size", body=body, headers={"Content-Encoding": "gzip"})
    assert answer.body == str(len(body)).encode()


def test_methods_that_nobody_registered_reach_a_function_that_takes_every_method(host):
    with socket.create_connection(("127.0.0.1", host.port), timeout=5) as connection:
        for method in (b"FOO", b"get", b"GET"):
            connection.sendall(method + b" /method HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
            assert connection.recv(1000).endswith(b"\r\n\r\n" + method.upper())
