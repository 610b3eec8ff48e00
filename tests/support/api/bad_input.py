"""Requests as nobody should send them, reproducible from a seed: for every endpoint, from a good request.

What is wrong: types, sizes, nesting, Unicode, encodings, missing and doubled properties, syntax, headers,
credentials, queries, paths and methods.
"""

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from tests.support.api import odd_values as odd
from tests.support.api.bodies import LEFT_OUT
from tests.support.api.endpoints import ENDPOINTS, SUPPORT, UNKNOWN, Endpoint
from tests.support.scenarios.owner import API, REPORTS, report_document

type Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is complete and percent-encoded, with its query. `scope` is that of its token."""

    method: str
    path: str
    scope: str | None
    body: bytes | None = None
    headers: Headers = field(default_factory=list)
    flaw: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path[:120]} ({self.flaw})"


class _BadInput:
    """Draws from one random generator; every method returns something wrong in its own way."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._on_bodies = (
            *(self._wrong_type, self._odd_text) * 2,
            self._huge_text,
            self._missing,
            self._doubled,
            self._nested,
            self._broken_syntax,
            self._wrong_encoding,
            self._wrong_media,
        )
        self._elsewhere = (
            self._bad_header,
            self._bad_credential,
            self._bad_query,
            self._bad_path,
            self._bad_method,
        )

    def draw(self) -> Request:
        """Return a request with one or two flaws."""
        kind = self._random.random()
        if kind < 0.05:
            return self._report()
        if kind < 0.1:
            return self._form()
        good = self._good(self._random.choice(_TURNS))
        if good.body is None or self._random.random() < 0.2:
            return self._random.choice(self._elsewhere)(good)
        bad = self._random.choice(self._on_bodies)(good)
        return self._bad_header(bad) if self._random.random() < 0.1 else bad

    def _good(self, endpoint: Endpoint) -> Request:
        path = API + endpoint.at() + (f"?{endpoint.query}" if endpoint.query else "")
        if endpoint.body is None:
            return Request(endpoint.method, path, endpoint.scope, None, list(endpoint.headers))
        body = endpoint.body()
        if not endpoint.path.startswith("/future/orders/instant"):
            body["requestedSendTime"] = (
                "2031-06-01T10:00:00Z"  # what is accepted by mistake shall not be sent
            )
        reference = f"sak-{self._random.randrange(50)}"  # the list of one is asked for again and again
        body |= {"sendersReference": reference, "unknown": [{"a": 1}]}
        headers = [("Content-Type", "application/json")]
        return Request(endpoint.method, path, endpoint.scope, _dump(body), headers)

    # -- bodies ------------------------------------------------------------------------------------------

    def _with(self, good: Request, value: Any, flaw: str) -> Request:
        """Put a value in a random place of the body."""
        document = json.loads(good.body or b"null")
        container, key = self._random.choice(list(_places(document)))
        if value is LEFT_OUT:
            del container[key]
        else:
            container[key] = value
        return replace(good, body=_dump(document), flaw=f"{flaw:.60} at {key}")

    def _wrong_type(self, good: Request) -> Request:
        value = self._random.choice(odd.OTHER_TYPES)
        return self._with(good, value, repr(value))

    def _odd_text(self, good: Request) -> Request:
        text = "".join(self._random.sample(odd.TEXTS, self._random.randint(1, 3)))
        return self._with(good, text, f"text {text!r}")

    def _huge_text(self, good: Request) -> Request:
        size = self._random.choice([300, 5_000, 70_000, 600_000, 1_500_000])
        letter = self._random.choice(["x", "\u00e6", "\n", "\U0001f600", "0", "+", "."])
        return self._with(good, letter * size, f"{size} characters")

    def _missing(self, good: Request) -> Request:
        return self._with(good, LEFT_OUT, "missing")

    def _doubled(self, good: Request) -> Request:
        document = json.loads(good.body or b"null")
        name = self._random.choice(list(document))
        written = self._random.choice([name, name.upper(), name.capitalize()])
        other = json.dumps(self._random.choice([None, 1, "x", [], {}]))
        members = [f"{json.dumps(written)}: {other}", json.dumps(document)[1:-1]]
        self._random.shuffle(members)
        return replace(good, body=("{" + ",".join(members) + "}").encode(), flaw=f"doubled {written}")

    def _nested(self, good: Request) -> Request:
        depth = self._random.choice([33, 500, 5_000, 100_000])
        opening, closing = self._random.choice([(b"[", b"]"), (b'{"recipient":', b"}"), (b'{"a":[', b"]}")])
        deep = opening * depth + b"1" + (closing * depth if self._random.random() < 0.7 else b"")
        body = b'{"recipient":' + deep + b"}" if self._random.random() < 0.5 else deep
        return replace(good, body=body, flaw=f"depth {depth}")

    def _broken_syntax(self, good: Request) -> Request:
        text = good.body or b""
        cut = self._random.randrange(len(text))
        broken = [
            *(text[:cut], text + b"}", text + text, text.replace(b":", b"=", 1), text.replace(b'"', b"'")),
            *(b"//x\n" + text, text[:-1] + b",}", b"", b" ", b"NaN", b"[Infinity]", b"1e999999999", b'"'),
            *(b"\xef\xbb\xbf", b"9" * 10_000, text.replace(b"{", b"{\0", 1)),
            text[:cut] + self._random.randbytes(1) + text[cut:],
        ]
        return replace(good, body=self._random.choice(broken), flaw="syntax")

    def _wrong_encoding(self, good: Request) -> Request:
        document = json.loads(good.body or b"null") | {"sendersReference": "bl\u00e5b\u00e6r"}
        encoding = self._random.choice(odd.ENCODINGS)
        body = json.dumps(document, ensure_ascii=False).encode(encoding)
        if self._random.random() < 0.3:
            body = body.replace(b"b", b"\xc3\x28\xed\xa0\x80", 1)
        headers = [("Content-Type", f"application/json{self._random.choice(odd.CHARSETS)}")]
        return replace(good, body=body, headers=headers, flaw=encoding)

    def _wrong_media(self, good: Request) -> Request:
        if self._random.random() < 0.3:
            headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
            return replace(good, body=gzip.compress(good.body or b""), headers=headers, flaw="compressed")
        return replace(
            good, headers=[("Content-Type", self._random.choice(odd.MEDIA_TYPES))], flaw="media type"
        )

    def _report(self) -> Request:
        """Return a delivery report that is none."""
        good = report_document(("551200917", "4790000001", "DELIVRD")).encode()
        text = self._random.choice(odd.TEXTS).encode("utf-8", "surrogatepass")
        bomb = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
        encoding = self._random.choice([b"utf-32", b"ebcdic", b"x" * 99])
        bad = [
            *(b"", b"\0" * 10, good[: self._random.randrange(len(good))], good * 3, b"<a>" * 5_000),
            b'<!DOCTYPE x [<!ENTITY a0 "x">' + bomb + b"]><MSGLST>&a11;</MSGLST>",
            b'<!DOCTYPE x SYSTEM "file:///dev/zero">' + good[21:],
            good.replace(b"551200917", text),
            good.replace(b"<REF>", b"<REF/><REF>"),
            good.replace(b'"1.0"', b'"1.0" encoding="%s"' % encoding),
            *(good.decode().encode("utf-16"), b"\xff" * 1_000, b'{"json": true}'),
            b"<MSGLST>" + b"<MSG/>" * 2_000 + b"</MSGLST>",
            good.replace(b"DELIVRD", b"<!--" + b"-" * 50),
        ]
        media = self._random.choice(["application/xml", "text/plain", "text/xml; charset=x"])
        return Request("POST", REPORTS, None, self._random.choice(bad), [("Content-Type", media)], "report")

    def _form(self) -> Request:
        """Return a month that is none."""
        month, year = (quote(value) for value in self._random.sample(odd.FORM_VALUES, 2))
        body = f"month={month}&year={year}{self._random.choice(odd.FORM_ENDINGS)}".encode()
        media = self._random.choice(["application/x-www-form-urlencoded", *odd.MEDIA_TYPES])
        headers = [("Content-Type", media)]
        if self._random.random() < 0.5:
            headers.append(("X-API-Key", self._random.choice(odd.HEADER_TEXTS)))
        path = f"{API}/metrics{self._random.choice(['', '/sms', '/email'])}"
        return Request("POST", path, SUPPORT, body, headers, "form")

    # -- everything else ---------------------------------------------------------------------------------

    def _bad_header(self, good: Request) -> Request:
        chosen = self._random.sample(odd.HEADERS, self._random.randint(1, 3))
        names = [name for name, _ in chosen]
        return replace(good, headers=[*good.headers, *chosen], flaw=f"{good.flaw} headers {names}")

    def _bad_credential(self, good: Request) -> Request:
        value = self._random.choice(odd.CREDENTIALS)
        headers = [*good.headers, ("Authorization", value)]
        return replace(good, scope=None, headers=headers, flaw=f"credential {value:.30}")

    def _bad_query(self, good: Request) -> Request:
        pairs = (
            f"{self._random.choice(odd.QUERY_NAMES)}={quote(self._random.choice(odd.QUERY_VALUES), safe='%')}"
            for _ in range(4)
        )
        return replace(good, path=f"{good.path.partition('?')[0]}?{'&'.join(pairs)}", flaw="query")

    def _bad_path(self, good: Request) -> Request:
        path, mark, query = good.path.partition("?")
        segment = quote(self._random.choice(odd.SEGMENTS), safe="%")
        path = path.replace(UNKNOWN, segment) if UNKNOWN in path else f"{path}/{segment}"
        return replace(good, path=path + mark + query, flaw="path")

    def _bad_method(self, good: Request) -> Request:
        return replace(good, method=self._random.choice(odd.METHODS), flaw="method")


_TURNS = [*(endpoint for endpoint in ENDPOINTS for _ in range(3 if endpoint.body else 1))]


def bad_requests(seed: int, count: int) -> Iterator[Request]:
    """Yield `count` bad requests, spread over all endpoints."""
    source = _BadInput(seed)
    return (source.draw() for _ in range(count))


def _dump(document: Any) -> bytes:
    """Write JSON; lone surrogates become escape sequences, which is how they could arrive."""
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(document).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container together with each name or position in it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)
