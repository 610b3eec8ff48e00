"""Targets of request lines: paths, queries and addresses, decoded as Azure's HTTP server does."""

import pytest

from devstack.host.http.request_target import UnreadableRequestError, read_query, read_target


@pytest.mark.parametrize(
    ("target", "path", "url"),
    [
        ("/a/b", "/a/b", "http://h/a/b"),
        ("/a?x=1", "/a", "http://h/a?x=1"),
        ("/a?", "/a", "http://h/a?"),
        ("/a?x=1#f", "/a", "http://h/a?x=1%23f"),
        ("/a#f", "/a#f", "http://h/a%23f"),
        ("/bj%c3%b8rn%20a", "/bjørn a", "http://h/bj%C3%B8rn%20a"),
        ("/%41", "/A", "http://h/A"),
        ("/a%2Fb%2fc", "/a%2Fb%2fc", "http://h/a%2Fb%2fc"),
        ("/a%2525", "/a%25", "http://h/a%25"),
        ("/100%", "/100%", "http://h/100%25"),
        ("/%zz%4", "/%zz%4", "http://h/%25zz%254"),
        ("/%F8x%c3%b8%f8", "/%F8xø%f8", "http://h/%F8x%C3%B8%f8"),
        ("/%ED%A0%80", "/%ED%A0%80", "http://h/%ED%A0%80"),
        ('/{"x"}', '/{"x"}', "http://h/%7B%22x%22%7D"),
        ("/a/./b/../c", "/a/c", "http://h/a/c"),
        ("/a/%2e%2E/c", "/c", "http://h/c"),
        ("/../..", "/", "http://h/"),
        ("/a/b/..", "/a/", "http://h/a/"),
        ("/a/.", "/a/", "http://h/a/"),
        ("/a/..b", "/a/..b", "http://h/a/..b"),
        ("http://h/a?x", "/a", "http://h/a?x"),
        ("https://H", "/", "http://h/"),
        ("*", "*", "http://h*"),
    ],
)
def test_targets(target, path, url):
    read = read_target(target, "h")

    assert read.path == path
    assert read.url("h") == url


@pytest.mark.parametrize(
    "target",
    ["/%00", "/a%00b", "a", "http://other/a", "http://h:81/a", "ftp://h/a", "HTTP://h/a", "http://[/a"],
)
def test_what_no_server_has_is_refused(target):
    with pytest.raises(UnreadableRequestError):
        read_target(target, "h")


@pytest.mark.parametrize("host", ["h", "h:80", "H"])
def test_a_whole_url_may_name_the_default_port(host):
    assert read_target("http://h:80/a", host).path == "/a"


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        ("?", {}),
        ("?x", {}),
        ("?x=", {}),
        ("?x=1&x=2&X=3", {"x": "1,2,3"}),
        ("?X=1&x=2", {"X": "1,2"}),
        ("?a+b=c%20d+%2B", {"a b": "c d +"}),
        ("?x=a=b", {"x": "a=b"}),
        ("?x=%C3%B8%F8%zz", {"x": "ø%F8%zz"}),
        ("?x=%2F%00", {"x": "/\0"}),
        ("?x=a;b&&y=1", {"x": "a;b", "y": "1"}),
    ],
)
def test_queries(query, values):
    assert read_query(query) == values
