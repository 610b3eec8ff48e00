"""Requests that two hosts might understand differently, most of them to the app `odd`.

Left out is what breaks the grammar of HTTP in a way that one server forgives and the other does not: control
characters, lines that end without CR, broken chunks, a length beside chunks, a media type given twice. The
local host refuses those with an empty 400. Also left out: the administration API of Azure's host, `/admin/`.
"""

import http.client
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_BARE = GUID.replace("-", "")
_NUMBERS = "{0x0f8fad5b,0xd9cb,0x469f,{0xa1,0x65,0x70,0x86,0x77,0x28,0x95,0x0e}}"
_SECONDS = 10
# How an answer is framed and dated is the server's own business.
_IGNORED = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


def words(text: str) -> list[str]:
    """Split a table of requests at its blanks."""
    return text.split()


METHODS = words("GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND QUERY FOO X-y_z get Post")
_LONG = [f"/any/{'a' * 3000}", f"/any/{'a' * 9000}", f"/any/a?x={'a' * 7000}"]
_BELOW_ANY = words(r"""
    / /a/b/ //a /a//b /a/./b /a/../b /a/.. /a/. /. /..a /a../.b /../thing /%2e%2e/thing /%2E/a
    /a%2F..%2Fb /..;/a /a%2Fb /a%2fb/c /a%5Cb /a\b /%41 /% /%4 /%zz /%%41 /%25 /%2525 /%252F /%2B /a+b
    /a%20b /a;b=c /a:b /a,b /a@b /%C3%B8 /%c3%b8 /%F8 /%f8 /%FF%FE /%ED%A0%80 /%C0%AF /%C3 /%C3a /%E2%82
    /%F0%9F%98%80 /%F5%80%80%80 /%E2%82%41 /{x} /<x> /"x" /| /^` /%7B /[x] /!$'()* /a#f /~a /a=b&c
    /%7F /%09 /a%0Ab /a%0D%0Ab /a%00b /%00 /ø ? /a? /a?x /a?x= /a?=x /a?= /a?& /a?x=1&x=2&X=3
    /a?x=1&&y=2 /a?x==y /a?x=y=z /a?x=a+b%20c /a?x=%2B /a?x=%zz /a?x=%00 /a?x=%F8 /a?x=%C3%B8 /a?%78=1
    /a?%C3%B8=1 /a?x=%2F /a?x=a;b /a?x[]=1 /a?x=1#f /a?a?b=c?d /a?x=../.. /a?x=ø
""")
_PATHS = words(f"""
    / /any /ANY/X /Any/%58 //any/a /./any/a /x/../any/a /x/%2e%2e/any/a /.. /../any/a /thing/ /thing//
    //thing ///thing /THING /%74hing /thing? /thing%2F /thing%20 /thing/. /thing/.. /x/../../thing
    /x//../thing /thing%00 /thing#x /thing;a /robots.txt /favicon.ico /api/thing /host.json
    /function_app.py /index.html /.env /order/feed /order/x /order/FEED /order/ /order /order/a%2Fb
    /order/%20 /ship/feed /ship/{GUID} /ship/x /case/one /case/two /tie/x /upper/x /catch /catch/
    /catch/a/b /catch/a%2Fb /catch/a//b /catch//a /catch/a/ /optional /optional/ /optional/x
    /optional/x/ /optional/x/y /optional/%2F /optguid /optguid/{GUID} /optguid/x /middle/x/end
    /middle//end /middle/x/END/ /middle/x /middle/%2F/end /with%20space/x /dot.ted/x /dotxted/x
""")
_BLANKS = words("%20 %09 %0A %0B %C2%A0 %C2%85 %E2%80%83 %E2%80%8B %1C %EF%BB%BF")
_GUIDS = words(f"""
    {GUID} {GUID.upper()} {_BARE} {{{GUID}}} ({GUID}) %7B{GUID}%7D {{{GUID}) {{{GUID} {GUID}}} ({_BARE})
    {{{_BARE}}} {{%20{GUID}%20}} {GUID[:-1]} {GUID}0 g{GUID[1:]} +{GUID} +{GUID[1:]} 0x{GUID[2:]}
    {GUID.replace("-", "_")} {GUID[:24]}+{GUID[25:]} {GUID[:24]}0x{GUID[26:]} {GUID[:28]}+{GUID[29:]}
    {GUID[:28]}0x{GUID[30:]} {GUID[:9]}+0x{GUID[12:]} +{_BARE[1:]} 0x{_BARE[2:]} %EF%BC%90{GUID[1:]}
    %00{GUID} x - {{}} () {{-}} %20 {_NUMBERS} {_NUMBERS.upper()} {_NUMBERS.replace(",", ",%20")}
    {_NUMBERS.replace("0x0f", "0x000f")} {_NUMBERS.replace("0x0e", "0xe")}
    {_NUMBERS.replace("0xa1", "0x100")} {_NUMBERS.replace("0xd9cb", "0x1d9cb")} {_NUMBERS.replace("0x", "")}
    {_NUMBERS.replace("0x86", "0x")} {_NUMBERS.replace("0x86", "0x0x86")} {_NUMBERS[:-1]} {_NUMBERS}}}
    {_NUMBERS}%20 {{%20{_NUMBERS[1:]} {_NUMBERS.replace("0x0f", "0x100f")}
""")
_INTEGERS = words("""
    0 -1 +1 2147483647 2147483648 -2147483648 -2147483649 %201%20 1.0 1e3 0x1 007 1,000 %D9%A1 --1 1-
    %2B1 1%09 -0 -%201 %C2%A01 00000000000000000001 9223372036854775807 9223372036854775808
    -9223372036854775809 1%0A %20
""")
_BOOLEANS = words("true TRUE false %20true%20 %C2%A0true 1 yes tru true%09")
_TEXTS = words("""
    a Abc a1 %C3%B8 a%20 a-b %E2%84%AA %C4%B1 a%0A a%0A%0A ab abc abcd abcde %C3%B8ab a%2Fb
    %F0%9F%98%80a %F0%9F%98%80ab %20%20%20
""")
_WHOLE_URLS = words("""
    http://h/thing http://h/thing?x=1 HTTP://h/thing http://H/thing https://h/thing http://h
    http://h?x=1 http://h:80/thing http://h:81/thing http://other/thing ftp://h/x http:/thing
""")
_HOSTS = words("h:80 h:8080 h:99999 [::1]:80 H.NO h/x h:x h: a,b user@h h?x %41 \xf8 h_x - 1")
_HEADERS = (
    "X-A: 1\r\nX-A: 2", "x-a:1", "X-A:   a  b  ", "X-A: ", "X-A:", "X_A: 1", "X.A: 1", "X-A: a\tb",
    "X-A: \xc3\xb8", "X-A: \xf8", "X-A: a\xff", "X-\xf8: 1", "X-A : 1", "X A: 1", "NoColon", ": x",
    "X-A: a\r\n b", "X-A: a\x00b", f"X-A: {'a' * 20_000}", f"X-A: {'a' * 40_000}",
    "Cookie: a=1; b=2\r\nCookie: c=3", "Accept: a\r\nAccept: b", "Authorization: a\r\nAuthorization: b",
    "Content-Type: nonsense", "Content-Type:", "If-None-Match: *",
    "Content-Type: application/json; charset=utf-8", "If-Modified-Since: x", "Range: bytes=0-1",
    "TE: trailers", "Accept-Encoding: gzip", "Connection: close", "Connection: X-A\r\nX-A: 1",
    "Keep-Alive: 5", "Via: 1.1 x", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
    "Expect: 100-continue", "Expect: x",
    "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: other", "Origin: http://x",
    "X-HTTP-Method-Override: PUT", "X-Original-URL: /thing", "x-functions-key: abc", "Date: now",
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Host: b",
    *("\r\n".join(f"X-{number}: 1" for number in range(count)) for count in (99, 100, 200)),
)  # fmt: skip
_LENGTHS = ("abc", "-1", "0x3", "3, 3", "99999999999999999999", "", "3 ")
_CHUNKS = (
    b"4\r\nabcd\r\n0\r\n\r\n",
    b"0\r\n\r\n",
    b"4;x=y\r\nabcd\r\n0\r\nX-T: 1\r\n\r\n",
    b"04\r\nabcd\r\n0\r\n\r\n",
)
_CODINGS = ("gzip", "chunked, gzip", "gzip, chunked", "identity", "CHUNKED", " chunked ", "x", "chunked;q=1")
_FIRST_LINES = (
    b"\r\nGET /any/x HTTP/1.1", b" GET /any/x HTTP/1.1", b"GET\t/any/x HTTP/1.1", b"G\xf8T /any/x HTTP/1.1",
    b"/any/x HTTP/1.1", b"GET /any/a b HTTP/1.1", b"GET /any/x ",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)  # fmt: skip
_ANSWERED_HEADERS = words("a a%0D%0AX-Evil:1 a%0Ab a%09b a%20b")
_STATUSES = words("""
    200 201 202 204 205 206 226 299 300 301 304 307 399 400 401 403 404 405 411 418 422 429 499 500 503 599
    600 999
""")


@dataclass(frozen=True, slots=True)
class OddRequest:
    """The bytes of a request, and its method, without which the answer cannot be read."""

    raw: bytes
    method: str

    def ask(self, port: int) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return status, headers and body of the answer of the host on this port."""
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
            connection.sendall(self.raw)
            response = http.client.HTTPResponse(connection, method=self.method)
            response.begin()
            headers = [(name.lower(), value) for name, value in response.getheaders()]
            shown = sorted(header for header in headers if header[0] not in _IGNORED)
            return response.status, shown, response.read()


def differences(requests: Iterable[OddRequest], real_port: int, own_port: int) -> list[str]:
    """Return a text for each request that the two hosts answer differently."""
    found = []
    for asked in requests:
        real, own = asked.ask(real_port), asked.ask(own_port)
        if real != own:
            found.append(f"{asked.raw[:200]!r}\n  real {real!r:.600}\n  own  {own!r:.600}")
    return found


def request(
    target: str,
    method: str = "GET",
    *headers: str,
    body: bytes = b"",
    host: str = "Host: h",
    version: str = "HTTP/1.1",
) -> OddRequest:
    """Build a request from parts written as they are; a body gets its length unless headers frame it."""
    lines = [f"{method} {target} {version}", *filter(None, [host]), *headers]
    if body and not any("length" in line.lower() or "transfer" in line.lower() for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return OddRequest("\r\n".join([*lines, "", ""]).encode("latin-1") + body, method)


def odd_requests() -> Iterator[OddRequest]:
    """Yield all of them."""
    yield from _methods()
    yield from _targets()
    yield from _heads()
    yield from _bodies()
    yield from _answers()


def _methods() -> Iterator[OddRequest]:
    for method in METHODS:
        for path in (
            "/any/x",
            "/thing",
            "/nothing",
            "/",
            "/order/feed",
            "/catch/x",
            f"/guid/{GUID}",
            "/case/x",
        ):
            yield request(path, method)
    yield request("/thing", "CONNECT")
    yield request("*", "OPTIONS")
    yield request("/any/x", "FOO", body=b"hello")


def _targets() -> Iterator[OddRequest]:
    yield from map(request, (*_PATHS, *("/any" + rest for rest in _BELOW_ANY), *_LONG, *_WHOLE_URLS))
    yield request("http://h/thing", host="Host: h:80")
    padded = [form for blank in _BLANKS for form in (blank + GUID, GUID + blank, f"{blank}({GUID}){blank}")]
    yield from (
        request(f"/guid/{guid}") for guid in (*_GUIDS, *padded, *(blank + _BARE for blank in _BLANKS))
    )
    yield from (request(f"/{kind}/{number}") for kind in ("int", "long") for number in _INTEGERS)
    yield from (request(f"/bool/{text}") for text in _BOOLEANS)
    for kind in ("alpha", "length", "lengths", "min", "max"):
        yield from (request(f"/{kind}/{text}") for text in _TEXTS)


def _heads() -> Iterator[OddRequest]:
    yield from (request("/any/x", "GET", header) for header in _HEADERS)
    yield request("/nothing", "GET", "X-A: \xf8")
    for path in ("/any/x", "/nothing", "/"):
        yield from (request(path, host=f"Host: {host}") for host in (*_HOSTS, "", " ", "h h"))
        yield request(path, host="")
        yield request(path, version="HTTP/1.0")
        yield request(path, version="HTTP/1.0", host="")
        yield request(path, "GET", "Connection: keep-alive", version="HTTP/1.0")
    yield from (
        request("/any/x", version=f"HTTP/{number}") for number in ("0.9", "1.2", "2.0", "1", "1.10", "1.1 ")
    )
    yield from (OddRequest(line + b"\r\nHost: h\r\n\r\n", "GET") for line in _FIRST_LINES)


def _bodies() -> Iterator[OddRequest]:
    for method in METHODS[:7]:
        yield from (request(path, method, body=b"hello") for path in ("/any/x", "/thing", "/nothing"))
    yield from (request("/any/x", "POST", f"Content-Length: {length}", body=b"abc") for length in _LENGTHS)
    yield request("/any/x", "POST", "Content-Length: 0")
    yield request("/any/x", "POST", "Content-Length: 3", "Content-Length: 4", body=b"abcd")
    for media_type in ("application/json", "application/octet-stream", "text/plain"):
        yield request("/any/x", "POST", f"Content-Type: {media_type}", body=bytes(range(256)))
    yield request("/any/x", "POST", "Content-Encoding: gzip", body=b"\x1f\x8b\x08\x00not really")
    yield request("/any/x", "POST", body=b"x" * 3_000_000)
    for path in ("/any/x", "/nothing"):
        yield request(path, "POST", "Content-Length: 104857601")
        for expected in ("100-continue", "100-Continue", "other", ""):
            yield request(path, "POST", f"Expect: {expected}", body=b"abc")
    yield request("/any/x", "POST", "Expect: 100-continue", version="HTTP/1.0", body=b"abc")
    yield from (request("/any/x", "POST", "Transfer-Encoding: chunked", body=chunks) for chunks in _CHUNKS)
    for coding in _CODINGS:
        yield request("/any/x", "POST", f"Transfer-Encoding: {coding}", body=_CHUNKS[0])


def _answers() -> Iterator[OddRequest]:
    kinds = ("nothing", "raises", "bytes", "headers", "refusal", "cookies", "large", "else")
    for method in ("GET", "HEAD", "POST"):
        yield from (request(f"/answer/{kind}", method) for kind in kinds)
        yield request("/text", method)
    for value in ("text/html", "nonsense", "text/plain;charset=latin-1", "a%20b", "%C3%B8"):
        yield request(f"/answer/type?value={value}")
    yield from (request(f"/answer/header?value={value}") for value in ("", *_ANSWERED_HEADERS))
    yield from (request(f"/answer/status?code={status}") for status in _STATUSES)
